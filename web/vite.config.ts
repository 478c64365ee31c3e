import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';
import { en } from './src/texts/en';

/** Where `npm run dev` finds a running `modelservice dev`, and what it plays. */
const SERVICE = 'http://127.0.0.1:8080';
const ROOT_TOPIC = 'world.simpl.sims.div';

/** What the service does to the document that it sends. */
const asTheService: Plugin = {
  name: 'root-topics',
  apply: 'serve',
  transformIndexHtml: html => html.replace('name="root-topics" content=""', `name="root-topics" content="${ROOT_TOPIC}"`),
};

/** What the document says without a script, from the same file as every other text. */
const words: Plugin = {
  name: 'words',
  transformIndexHtml: html => html.replace('%product%', en.product).replace('%older%', en.older).replace('%noscript%', en.noscript),
};

export default defineConfig({
  plugins: [svelte(), words, asTheService],
  build: {
    // The oldest browsers that are promised to work; `public/older.js` tells the others.
    target: ['safari14', 'chrome87'],
    cssTarget: ['safari14', 'chrome87'],
    // Everything comes as a file of its own: the Content-Security-Policy allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      // Fields of classes are set and not defined: nothing here inherits a setter of the same name, and defining is slow where a phone has just loaded it.
      transform: { assumptions: { setPublicClassFields: true } },
      output: {
        // What the author's page alone is made of has a folder of its own, which the service keeps from everybody else.
        chunkFileNames: ({ name }) => `${name === 'Author' ? 'author' : 'assets'}/[name]-[hash].js`,
        assetFileNames: ({ names }) => `${names.includes('Author.css') ? 'author' : 'assets'}/[name]-[hash][extname]`,
      },
    },
    // Whose work is in the files, as their licences ask to be told.
    license: { fileName: 'licenses.md' },
  },
  server: {
    proxy: {
      '/ws': { target: SERVICE, ws: true, changeOrigin: true, rewriteWsOrigin: true },
      '/dev': { target: SERVICE, changeOrigin: true },
    },
  },
  test: { include: ['test/**/*.test.ts'] },
});
