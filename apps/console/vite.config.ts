import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Where `npm start` serves the API; the development server passes everything of the API on to it.
const controlPlane = 'http://127.0.0.1:3400';

export default defineConfig({
  plugins: [react()],
  // Nothing is inlined: the API serves the console under a content security policy that allows its own files only.
  build: { outDir: 'dist', emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { host: '127.0.0.1', port: 5173, strictPort: true, proxy: { '/api': controlPlane } },
});
