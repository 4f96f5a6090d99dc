// SPDX-License-Identifier: GPL-2.0-or-later
// What stands in a drawn panel against what was queried.
import { isShown } from './shown.mjs';

const lastOf = (one) => Number(one.points.at(-1)[1]);

// All pieces of text in the panel, each as the element that holds it shows it.
function textsOf(page, id) {
  return page.evaluate((panel) => {
    const root = document.querySelector(`[data-panel="${panel}"]`);
    const out = [];
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) out.push(walk.currentNode.textContent);
    // A number and its unit are two elements of one value.
    for (const cell of root.querySelectorAll('div, td, span')) {
      if (cell.childElementCount && cell.textContent.length < 40) out.push(cell.textContent);
    }
    return [...new Set(out.map((text) => text.trim()))].filter(Boolean);
  }, id);
}

const unitOf = (panel, name) => panel.fieldConfig.overrides
  .filter((override) => override.matcher.options === name)
  .flatMap((override) => override.properties)
  .filter((property) => property.id === 'unit')
  .map((property) => property.value)[0] ?? panel.fieldConfig.defaults.unit;

function renamed(panel, name) {
  for (const { matcher, properties } of panel.fieldConfig.overrides) {
    if (matcher.id === 'byRegexp' && new RegExp(matcher.options.slice(1, -1)).test(name)) {
      return properties[0].value;
    }
  }
  return name;
}

function mappedText(panel, value) {
  for (const mapping of panel.fieldConfig.defaults.mappings ?? []) {
    const found = mapping.options[String(value)];
    if (found) return found.text;
  }
  return null;
}

function isPresent(panel, texts, value, unit) {
  const mapped = mappedText(panel, value);
  return texts.some((text) => (mapped ? text === mapped : isShown(text, unit, value)));
}

// Of a table, the values of the rows that are drawn: it scrolls, and draws no row that is not seen.
function drawnOf(panel, series, values) {
  if (panel.type === 'stat') return series.slice(0, 1);
  if (panel.type !== 'table') return series;
  const keyOf = (one) => JSON.stringify({ ...one.labels, __name__: undefined });
  const sortBy = panel.options.sortBy[0]?.displayName;
  const column = values.find(([, heading]) => heading === sortBy)?.[0] ?? '';
  const refId = column.split('#')[1] ?? panel.targets[0].refId;
  const sorted = series.filter((one) => one.refId === refId).sort((a, b) => lastOf(b) - lastOf(a));
  const rows = Math.max(1, panel.gridPos.h - 4);
  const keys = new Set(sorted.slice(0, rows).map(keyOf));
  return series.filter((one) => keys.has(keyOf(one)));
}

// [problem, ...] of one panel. @mayBeEmpty: the reason, if there is one.
export async function checkPanel(page, panel, series, mayBeEmpty) {
  const texts = await textsOf(page, panel.id);
  const problems = [];
  const say = (why) => problems.push(`${panel.title}: ${why}`);
  if (!texts.some((text) => text.includes(panel.title))) say('its title is not shown');
  if (mayBeEmpty && !series.length) return problems;
  if (texts.some((text) => text.includes('No data'))) say('No data');
  if (panel.type === 'text') return problems;
  if (!series.length) say('nothing was queried');
  const { unit } = panel.fieldConfig.defaults;
  const headings = Object.entries(panel.transformations?.[1].options.renameByName ?? {});
  const values = headings.filter(([name]) => name.startsWith('Value'));
  for (const one of drawnOf(panel, series, values)) {
    const value = lastOf(one);
    if (!Number.isFinite(value)) continue;
    if (panel.type === 'table') {
      const key = values.length > 1 ? `Value #${one.refId}` : 'Value';
      const heading = values.find(([name]) => name === key)[1];
      if (!isPresent(panel, texts, value, unitOf(panel, heading))) {
        say(`${heading} ${value} is not shown`);
      }
      continue;
    }
    const name = renamed(panel, one.name);
    if (panel.type !== 'stat' && !texts.some((text) => text.includes(name))) {
      say(`series '${name}' is not named`);
    }
    const hasValues = panel.type !== 'timeseries' || panel.options.legend.displayMode === 'table';
    if (hasValues && !isPresent(panel, texts, value, unit)) {
      say(`${value} (${unit}) of '${one.name}' is not shown`);
    }
  }
  return problems;
}
