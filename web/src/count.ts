// How many wait, where it is seen without the page: in its title, its icon, and on the app's.

/** @param title of the view */
export function showCount(count: number, title: string): void {
  document.title = `${count > 0 ? `(${count}) ` : ''}${title} · nudge`;
  const icon = document.querySelector('link[rel=icon]');
  icon?.setAttribute('href', count > 0 ? 'icon-waiting.svg' : 'icon.svg');
  if (!('setAppBadge' in navigator)) return;
  const badge = count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge();
  void badge.catch(() => {});
}
