export declare function buildPage(): void;
