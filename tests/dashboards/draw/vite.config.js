// SPDX-License-Identifier: GPL-2.0-or-later
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  esbuild: { jsx: 'automatic' },
  build: { chunkSizeWarningLimit: 20000, sourcemap: false, target: 'es2022' },
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'error',
});
