import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Compressed beforehand, better than a server could while somebody waits. */
const compressAssets = (): Plugin => ({
  name: 'compress-assets',
  writeBundle: ({ dir = '' }) => {
    const assets = join(dir, 'assets');
    for (const file of readdirSync(assets)) {
      const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
      writeFileSync(join(assets, `${file}.br`), brotliCompressSync(readFileSync(join(assets, file)), { params }));
    }
  },
});

// oxlint-disable-next-line import/no-default-export -- Vite asks for it
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), compressAssets()],
  build: {
    target: 'es2023',
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    modulePreload: { polyfill: false },
    // What the first view needs comes in one piece: forty small files take longer to ask for than to read.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } } },
  },
  server: { proxy: { '/api': { target: process.env['WATCHPOST_SERVER'] ?? 'http://127.0.0.1:8080', changeOrigin: false } } },
});
