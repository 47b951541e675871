// The colours of this page, as this browser keeps them.

import { recall, remember } from './store';

export const THEMES = { system: 'As the system', light: 'Light', dark: 'Dark' } as const;
export type Theme = keyof typeof THEMES;

const KEY = 'theme';

export function themeOf(): Theme {
  const kept = recall(KEY);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

export function setTheme(theme: Theme): void {
  remember(KEY, theme);
  showTheme();
}

/** Also what the browser paints around the page. */
export function showTheme(): void {
  const theme = themeOf();
  document.documentElement.dataset.theme = theme;
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')) {
    meta.dataset.own ??= meta.media;
    const isIt = meta.dataset.own.includes(theme);
    meta.media = theme === 'system' ? meta.dataset.own : isIt ? 'all' : 'not all';
  }
}
