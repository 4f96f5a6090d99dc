// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers as Grafana shows them, read back: so that a picture can be compared with what was
// queried, without asking the code that drew it.

const BINARY = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };
const COUNTS = { '': 1, K: 1e3, k: 1e3, Mil: 1e6, M: 1e6, Bil: 1e9, B: 1e9, G: 1e9 };
const TIMES = { ns: 1e-9, 'µs': 1e-6, ms: 1e-3, s: 1, min: 60, mins: 60, hour: 3600, hours: 3600,
  day: 86400, days: 86400, week: 604800, weeks: 604800 };

const perSecond = (factors) =>
  Object.fromEntries(Object.entries(factors).map(([unit, factor]) => [`${unit}/s`, factor]));

const UNITS = {
  bytes: BINARY,
  binBps: perSecond(BINARY),
  cps: { 'c/s': 1, 'K c/s': 1e3, 'M c/s': 1e6, 'Mil c/s': 1e6, 'Bil c/s': 1e9 },
  percentunit: { '%': 0.01 },
  s: TIMES,
  none: { '': 1 },
  short: COUNTS,
};

// {value, slack}: the number shown and half its last digit; null if @text is no number of @unit.
export function readShown(text, unit) {
  const match = /^([-−]?[\d,]+(?:\.(\d+))?)\s*(.*)$/.exec(text.trim());
  if (!match) return null;
  const factor = (UNITS[unit] ?? UNITS.none)[match[3].trim()];
  if (factor === undefined) return null;
  const number = Number(match[1].replace('−', '-').replace(/,/g, ''));
  return { value: number * factor, slack: 0.5001 * 10 ** -(match[2]?.length ?? 0) * factor };
}

export function isShown(text, unit, value) {
  if (unit === 'bool_yes_no') return text.trim() === (value ? 'Yes' : 'No');
  const shown = readShown(text, unit);
  return !!shown && Math.abs(shown.value - value) <= shown.slack + 1e-9 * Math.abs(value);
}
