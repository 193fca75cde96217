export declare function installDebian(wanted: Readonly<Record<string, string>>): readonly string[];
