import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BLOCK_BEGIN, BLOCK_END, TORN, withBlock, withoutBlock } from './marked-block.ts';

/** A block put into a text that is whole. */
function put(text: string | null, block: readonly string[]): string {
  const after = withBlock(text, block);
  if (after === TORN) throw new Error('the text is torn');
  return after;
}

const lines = ['if true; then', '  . /hook', 'fi'];

test('a block goes in as the first lines, once, and comes out again to the byte', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const once = put(text, lines);
      expect(once).toBe(`${BLOCK_BEGIN}\n${lines.join('\n')}\n${BLOCK_END}\n${text}`);
      expect(put(once, lines)).toBe(once);
      expect(put(put(text, ['older']), lines)).toBe(once);
      expect(withoutBlock(once)).toBe(text);
      expect(withoutBlock(text)).toBe(text);
    }),
  );
});

test('a file that was made for the block goes with it, unless somebody wrote to it', () => {
  const made = put(null, lines);
  expect(withoutBlock(made)).toBeNull();
  expect(put(made, lines)).toBe(made);
  expect(withoutBlock(`${made}export A=1\n`)).toBe('export A=1\n');
  expect(withoutBlock(put('', lines))).toBe('');
});

test('lines of the user above the block stay above nothing: the block goes first again', () => {
  const moved = `export A=1\n${put('export B=2\n', lines)}`;
  expect(withoutBlock(moved)).toBe('export A=1\nexport B=2\n');
  expect(put(moved, lines)).toBe(put('export A=1\nexport B=2\n', lines));
});

test('with a mark removed by hand nothing is touched', () => {
  const torn = put('a\n', lines).replace(`${BLOCK_END}\n`, '');
  expect(withBlock(torn, lines)).toBe(TORN);
  expect(withoutBlock(torn)).toBe(TORN);
  expect(withoutBlock(`${BLOCK_END}\n${BLOCK_BEGIN}\n`)).toBe(TORN);
});
