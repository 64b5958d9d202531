import { el, setAttribute } from '../view/dom.ts';

const KEY = 'theme';

/** Follows the system until somebody chooses; who chooses what the system says follows it again. */
export function themeSwitch(): HTMLElement {
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => (root.dataset['theme'] ?? (system.matches ? 'dark' : 'light')) === 'dark';
  const button = el('button', { type: 'button', class: 'quiet', 'aria-pressed': 'false' }, 'Dark theme');
  const draw = () => setAttribute(button, 'aria-pressed', String(isDark()));
  button.addEventListener('click', () => {
    const wanted = isDark() ? 'light' : 'dark';
    const followsSystem = (wanted === 'dark') === system.matches;
    if (followsSystem) delete root.dataset['theme'];
    else root.dataset['theme'] = wanted;
    keep(followsSystem ? null : wanted);
    draw();
  });
  system.addEventListener('change', draw);
  draw();
  return button;
}

function keep(theme: string | null): void {
  try {
    if (theme === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // The choice then holds for this page only.
  }
}
