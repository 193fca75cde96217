/** What `clickhouse local` runs to be a server: it listens, and the second query ends when standard input closes. */
export const serveQueries = "SYSTEM START LISTEN HTTP; SELECT * FROM file('-', 'LineAsString', 'line String') FORMAT Null";
