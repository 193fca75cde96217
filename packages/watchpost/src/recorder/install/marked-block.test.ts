import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BLOCK_BEGIN, BLOCK_END, withBlock, withoutBlock } from './marked-block.ts';

const lines = ['if true; then', '  . /hook', 'fi'];

test('a block goes in as the first lines, once, and comes out again to the byte', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const once = withBlock(text, lines);
      expect(once).toBe(`${BLOCK_BEGIN}\n${lines.join('\n')}\n${BLOCK_END}\n${text}`);
      expect(withBlock(once, lines)).toBe(once);
      expect(withBlock(withBlock(text, ['older']), lines)).toBe(once);
      expect(withoutBlock(once)).toBe(text);
      expect(withoutBlock(text)).toBe(text);
    }),
  );
});

test('a file that was made for the block goes with it, unless somebody wrote to it', () => {
  const made = withBlock(null, lines);
  expect(withoutBlock(made)).toBeNull();
  expect(withBlock(made, lines)).toBe(made);
  expect(withoutBlock(`${made}export A=1\n`)).toBe('export A=1\n');
  expect(withoutBlock(withBlock('', lines))).toBe('');
});

test('lines of the user above the block stay above nothing: the block goes first again', () => {
  const moved = `export A=1\n${withBlock('export B=2\n', lines)}`;
  expect(withoutBlock(moved)).toBe('export A=1\nexport B=2\n');
  expect(withBlock(moved, lines)).toBe(withBlock('export A=1\nexport B=2\n', lines));
});

test('with a mark removed by hand nothing is touched', () => {
  const torn = withBlock('a\n', lines).replace(`${BLOCK_END}\n`, '');
  expect(withBlock(torn, lines)).toBe('torn');
  expect(withoutBlock(torn)).toBe('torn');
  expect(withoutBlock(`${BLOCK_END}\n${BLOCK_BEGIN}\n`)).toBe('torn');
});
