// SPDX-License-Identifier: GPL-2.0-or-later
// Light or dark: as the system says, or as was chosen here.

const theme = {
  dark: window.matchMedia('(prefers-color-scheme: dark)'),

  now() {
    const chosen = document.documentElement.dataset.theme;
    return chosen || (theme.dark.matches ? 'dark' : 'light');
  },

  // @changed is called when what is painted must be painted anew.
  start(changed) {
    const choice = byId('theme');
    choice.parentElement.hidden = false;
    choice.value = theme.stored();
    const apply = () => {
      if (choice.value === 'auto') delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = choice.value;
      changed();
    };
    choice.addEventListener('change', () => {
      // a file opened without a server may have no storage
      try {
        localStorage.setItem('heapbeat-theme', choice.value);
      } catch { /* it is forgotten then */ }
      apply();
    });
    theme.dark.addEventListener('change', changed);
    apply();
  },

  stored() {
    try {
      const value = localStorage.getItem('heapbeat-theme');
      return ['light', 'dark'].includes(value) ? value : 'auto';
    } catch {
      return 'auto';
    }
  },
};
