// SPDX-License-Identifier: GPL-2.0-or-later
// What Grafana's Prometheus data source does, as far as these dashboards need it: variables, and
// the queries of a panel. Called by panels.mjs and by the program that makes pictures.

const LABEL_VALUES = /^label_values\((.+), *([A-Za-z_]\w*)\)$/;

export function panelsOf(dashboard) {
  return dashboard.panels.filter((panel) => panel.type !== 'row');
}

export async function ask(url, path, parameters) {
  const response = await fetch(`${url}${path}?${new URLSearchParams(parameters)}`);
  const answer = await response.json();
  if (answer.status !== 'success') throw new Error(answer.error ?? `status ${response.status}`);
  return answer.data;
}

const escapeRegex = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

// $name and ${name}; longest names first, so that $instance is not read as $in.
export function fillIn(text, values) {
  const names = Object.keys(values).sort((a, b) => b.length - a.length);
  return names.reduce(
    (out, name) => out.split(`\${${name}}`).join(values[name]).split(`$${name}`).join(values[name]),
    text,
  );
}

// name -> what stands for it in an expression. @chosen: name -> values picked instead of all.
export async function resolveVariables(url, dashboard, rateInterval, chosen = {}) {
  const values = { __rate_interval: rateInterval, datasource: 'prometheus' };
  for (const variable of dashboard.templating.list) {
    if (variable.type !== 'query') continue;
    const [, selector, label] = LABEL_VALUES.exec(variable.query.query) ?? [];
    if (!label) throw new Error(`variable ${variable.name}: ${variable.query.query}`);
    const found = await ask(url, `/api/v1/label/${label}/values`, {
      'match[]': fillIn(selector, values),
    });
    if (!found.length) throw new Error(`variable ${variable.name} has no value`);
    const picked = chosen[variable.name];
    // Grafana escapes what goes into a regular expression, and the backslashes for the string.
    values[variable.name] = picked
      ? picked.map((one) => escapeRegex(one).replace(/\\/g, '\\\\')).join('|')
      : variable.allValue;
  }
  return values;
}

// [{labels, points: [[seconds, "number"], ...]}] of one target over the last @range seconds.
export async function runTarget(url, target, expr, range, points = 60) {
  const now = Date.now() / 1000;
  const parameters = target.instant
    ? { query: expr, time: now }
    : { query: expr, start: now - range, end: now, step: Math.max(1, range / points) };
  const path = target.instant ? '/api/v1/query' : '/api/v1/query_range';
  const data = await ask(url, path, parameters);
  return data.result.map((one) => ({ labels: one.metric, points: one.values ?? [one.value] }));
}
