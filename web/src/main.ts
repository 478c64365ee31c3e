import { mount, type Component } from 'svelte';
import App from './App.svelte';
import './app.css';
import { setOff } from './join/ahead';
import { texts } from './texts';

/** Pages of their own, for the few who want them: the rest is never asked to load these. */
const PAGES: Record<string, () => Promise<{ default: Component }>> = {
  '/author': () => import('./author/Author.svelte'),
  '/monitor': () => import('./monitor/Monitor.svelte'),
};

const target = document.getElementById('app');
if (target) {
  const page = PAGES[location.pathname];
  if (page) {
    const wait = document.createElement('p');
    wait.className = 'card soft';
    wait.textContent = texts.loading.wait;
    target.append(wait);
    void page().then(module => {
      wait.remove();
      mount(module.default, { target });
    });
  } else {
    setOff();
    mount(App, { target });
  }
}
