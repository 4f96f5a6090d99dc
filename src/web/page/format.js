// SPDX-License-Identifier: GPL-2.0-or-later
'use strict';

// Numbers as people read them: three significant digits, decimal units, as the text reports do.
const format = {
  significant(value) {
    const size = Math.abs(value);
    if (size >= 100) return value.toFixed(0);
    if (size >= 10) return value.toFixed(1).replace(/\.0$/, '');
    return value.toFixed(2).replace(/\.?0+$/, '');
  },

  scaled(value, units, step) {
    let at = 0;
    while (Math.abs(value) >= step * 0.9995 && at < units.length - 1) {
      value /= step;
      at++;
    }
    return [format.significant(value), units[at]];
  },

  bytes(value) {
    if (!Number.isFinite(value)) return '-';
    return format.scaled(value, ['B', 'kB', 'MB', 'GB', 'TB', 'PB'], 1000).join(' ');
  },

  count(value) {
    if (!Number.isFinite(value)) return '-';
    return format.scaled(value, ['', 'k', 'M', 'G', 'T'], 1000).join('');
  },

  rate(unit, value) {
    return Number.isFinite(value) ? `${unit(value)}/s` : '-';
  },

  seconds(value) {
    if (!Number.isFinite(value)) return '-';
    const size = Math.abs(value);
    if (size === 0) return '0 s';
    if (size < 1e-3) return `${format.significant(value * 1e6)} µs`;
    if (size < 1) return `${format.significant(value * 1e3)} ms`;
    if (size < 120) return `${format.significant(value)} s`;
    if (size < 7200) return `${format.significant(value / 60)} min`;
    return `${format.significant(value / 3600)} h`;
  },

  share(value) {
    if (!Number.isFinite(value)) return '-';
    const percent = value * 100;
    if (percent !== 0 && Math.abs(percent) < 0.01) return '< 0.01 %';
    return `${format.significant(percent)} %`;
  },

  signed(text, value) {
    return value > 0 ? `+${text}` : text.replace(/^-/, '−');
  },

  clock(seconds) {
    const date = new Date(seconds * 1000);
    return [date.getHours(), date.getMinutes(), date.getSeconds()]
      .map((part) => String(part).padStart(2, '0')).join(':');
  },

  // A Go function without the folders of its import path.
  shortName(name) {
    return name.replace(/^(?:[\w.~%-]+\/)+(?=[\w~%.-]+\.)/, '');
  },
};
