// Runs before the first paint, as a file of its own: the page must not flash in the wrong colours.
try {
  const chosen = localStorage.getItem('theme');
  if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset['theme'] = chosen;
} catch {
  // A browser that keeps nothing for us: the page follows the system.
}
