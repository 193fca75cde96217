import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Folders where systems keep their fonts. */
const FOLDERS = [
  '/usr/share/fonts',
  '/usr/local/share/fonts',
  join(homedir(), '.local/share/fonts'),
  '/System/Library/Fonts',
  '/Library/Fonts',
];
/** Fonts with Chinese characters, the best first. */
const HAN_FONTS = [
  /^NotoSansCJK-Regular/i,
  /^NotoSansCJKsc-Regular/i,
  /^SourceHanSans.*Regular/i,
  /^wqy-/i,
  /^DroidSansFallback/i,
  /^PingFang/i,
];
const ENTRY_LIMIT = 20_000;

const require = createRequire(import.meta.url);
/** DejaVu Sans comes along, so that pictures have text on a machine without fonts. */
const LATIN = [
  require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
  require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
];
let han: string | null | undefined;

/** Font files that a picture needs. A large font with Chinese characters is taken from the system, and only when it is needed. */
export function chartFonts(svg: string): readonly string[] {
  if (!/\p{Script=Han}/u.test(svg)) return LATIN;
  han ??= findHanFont() ?? null;
  return han === null ? LATIN : [...LATIN, han];
}

function findHanFont(): string | undefined {
  const files = FOLDERS.flatMap(listFonts);
  for (const pattern of HAN_FONTS) {
    const found = files.find((file) => pattern.test(file.slice(file.lastIndexOf('/') + 1)));
    if (found !== undefined) return found;
  }
  return undefined;
}

function listFonts(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .slice(0, ENTRY_LIMIT)
      .filter((name) => /\.(ttf|otf|ttc)$/i.test(name))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
