import { spreadsheetText } from '@watchpost/contracts/api/spreadsheet-text';

/** One line of CSV (RFC 4180, ending in CR LF), its texts as {@link spreadsheetText}. */
export function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  return csvLineOfTexts(
    cells.map((cell) => (cell === null ? '' : typeof cell === 'string' ? spreadsheetText(cell) : String(cell))),
  );
}

/** The same, of texts that are safe in a spreadsheet already. */
export function csvLineOfTexts(cells: readonly string[]): string {
  return `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`;
}
