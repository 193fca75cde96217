/** Version of this build, as agents and servers report it. */
export const VERSION = '0.1.0';
