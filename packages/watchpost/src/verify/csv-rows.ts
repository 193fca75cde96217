/** Characters of one row; a record has a few millions at most. */
const ROW_CHARACTERS = 32 * 1024 * 1024;

/** Reads CSV (RFC 4180; lines may end in LF alone) row by row. Throws when a row is too long to be one. */
export async function* csvRows(chunks: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  /** A quote inside quotes was the last character: the next one tells whether it ends the cell. */
  let isOpen = false;
  let isFirst = true;
  let characters = 0;
  for await (const chunk of chunks) {
    const text = isFirst ? chunk.replace(/^\ufeff/, '') : chunk;
    isFirst = false;
    characters += text.length;
    if (characters > ROW_CHARACTERS) throw new Error(`a row has more than ${ROW_CHARACTERS} characters`);
    for (let at = 0; at < text.length;) {
      if (isQuoted && !isOpen) {
        const quote = text.indexOf('"', at);
        const end = quote === -1 ? text.length : quote;
        cell += text.slice(at, end);
        isOpen = quote !== -1;
        at = end + 1;
        continue;
      }
      const character = text.charAt(at);
      at += 1;
      if (isOpen && character === '"') {
        cell += '"';
        isOpen = false;
        continue;
      }
      if (isOpen) isQuoted = isOpen = false;
      if (character === '"' && cell === '') isQuoted = true;
      else if (character === ',' || character === '\n') {
        cells.push(character === '\n' && cell.endsWith('\r') ? cell.slice(0, -1) : cell);
        cell = '';
        if (character === ',') continue;
        yield cells;
        cells = [];
        characters = text.length - at;
      } else {
        const next = text.slice(at).search(/[,\n]/);
        const end = next === -1 ? text.length : at + next;
        cell += character + text.slice(at, end);
        at = end;
      }
    }
  }
  if (cells.length > 0 || cell !== '') yield [...cells, cell];
}
