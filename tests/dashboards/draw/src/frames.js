// SPDX-License-Identifier: GPL-2.0-or-later
// Answers of Prometheus into the frames that Grafana's components draw: what its data source and
// panels do in a full Grafana, as far as these dashboards use it.
import {
  FieldType, getDisplayProcessor, stringToJsRegex, validateFieldConfig,
} from '@grafana/data';

const isMatch = ({ id, options }, name) =>
  id === 'byRegexp' ? stringToJsRegex(options).test(name) : options === name;

function configOf(panel, name) {
  const config = structuredClone(panel.fieldConfig.defaults);
  for (const { matcher, properties } of panel.fieldConfig.overrides) {
    if (!isMatch(matcher, name)) continue;
    for (const { id, value } of properties) config[id] = structuredClone(value);
  }
  config.displayName ??= name;
  validateFieldConfig(config);
  return config;
}

export function fieldOf(panel, theme, name, type, values, index = 0) {
  const field = {
    name,
    type,
    values,
    config: configOf(panel, name),
    state: { seriesIndex: index },
  };
  field.display = getDisplayProcessor({ field, theme });
  return field;
}

// One frame a series, each with its own time.
export function seriesFrames(panel, series, theme) {
  return series.map((one, index) => ({
    refId: one.refId,
    length: one.points.length,
    fields: [
      {
        name: 'Time', type: FieldType.time, config: {}, values: one.points.map((p) => p[0] * 1000),
      },
      fieldOf(panel, theme, one.name, FieldType.number, one.points.map((p) => Number(p[1])), index),
    ],
  }));
}

// The rows of all targets, joined where their labels are equal, with the panel's names and order.
export function tableFrame(panel, series, theme) {
  const { renameByName, excludeByName, indexByName } = panel.transformations[1].options;
  const rows = new Map();
  for (const one of series) {
    const labels = Object.fromEntries(Object.entries(one.labels).filter(([k]) => k !== '__name__'));
    const key = JSON.stringify(Object.entries(labels).sort());
    const row = rows.get(key) ?? labels;
    row[panel.targets.length > 1 ? `Value #${one.refId}` : 'Value'] = Number(one.points.at(-1)[1]);
    rows.set(key, row);
  }
  const columns = Object.keys(indexByName).sort((a, b) => indexByName[a] - indexByName[b])
    .filter((name) => !excludeByName[name]);
  const fields = columns.map((column) => {
    const values = [...rows.values()].map((row) => row[column] ?? null);
    const type = column.startsWith('Value') ? FieldType.number : FieldType.string;
    return fieldOf(panel, theme, renameByName[column] ?? column, type, values);
  });
  return { length: rows.size, fields };
}
