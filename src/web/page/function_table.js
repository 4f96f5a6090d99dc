// SPDX-License-Identifier: GPL-2.0-or-later
// The same figures by function: what the flame graph says, to read line by line.

const FUNCTIONS_MAX = 200;

class FunctionTable {
  constructor(place) {
    this.place = place;
    this.sortKey = 'total';
    this.sign = -1;
  }

  columns(data) {
    const { unit } = data;
    const value = (key, title) => ({ key, title, get: (row) => row[key],
      text: (row) => unit(row[key]) });
    if (!data.before) {
      return [value('self', 'itself'), value('total', 'with callees'),
        { key: 'share', title: 'share', get: (row) => row.total,
          text: (row) => format.share(row.total / data.after[0]) }];
    }
    return [value('was', 'A'), value('total', 'B'),
      { key: 'change', title: 'change', get: (row) => row.total - row.was,
        text: (row) => format.signed(unit(row.total - row.was), row.total - row.was) }];
  }

  rows(data) {
    const { table } = data;
    const rows = flame.functions(table, data.self, data.after);
    if (!data.before) return rows;
    const byName = new Map(rows.map((row) => [row.nameId, row]));
    for (const row of flame.functions(table, data.selfBefore, data.before)) {
      const known = byName.get(row.nameId);
      if (known) known.was = row.total;
      else rows.push({ nameId: row.nameId, self: 0, total: 0, was: row.total });
    }
    for (const row of rows) row.was = row.was || 0;
    return rows;
  }

  show(data) {
    this.data = data;
    if (!data.after) {
      this.place.replaceChildren(element('p', { className: 'none' }, data.why));
      return;
    }
    const columns = this.columns(data);
    const column = columns.find((one) => one.key === this.sortKey) || columns[1];
    const names = data.table.names;
    const rows = this.rows(data)
      .filter((row) => !data.matches || data.matches(names[row.nameId]))
      .sort((a, b) => this.sign * (column.get(a) - column.get(b)) ||
        (names[a.nameId] < names[b.nameId] ? -1 : 1));
    const body = rows.slice(0, FUNCTIONS_MAX).map((row) => this.row(data, columns, row));
    const focused = this.place.contains(document.activeElement)
      ? document.activeElement.dataset.key : null;
    this.place.replaceChildren(
      element('div', { className: 'wide tall', role: 'region', 'aria-label': 'Functions', tabIndex: 0 },
        element('table', { className: 'functions' },
          element('caption', null, rows.length > FUNCTIONS_MAX
            ? `The first ${FUNCTIONS_MAX} of ${rows.length} functions` : `${rows.length} functions`),
          element('thead', null, element('tr', null,
            element('th', { scope: 'col' }, 'function'),
            ...columns.map((one) => this.head(one, one === column)))),
          element('tbody', null, ...body))));
    if (focused) {
      const again = [...this.place.querySelectorAll('button')]
        .find((button) => button.dataset.key === focused);
      if (again) again.focus();
    }
  }

  head(column, isSorted) {
    const button = element('button', { type: 'button' }, column.title);
    button.dataset.key = column.key;
    button.addEventListener('click', () => {
      this.sign = this.sortKey === column.key ? -this.sign : -1;
      this.sortKey = column.key;
      this.show(this.data);
    });
    const head = element('th', { scope: 'col', className: 'n' }, button);
    if (isSorted) head.setAttribute('aria-sort', this.sign < 0 ? 'descending' : 'ascending');
    return head;
  }

  row(data, columns, row) {
    const name = data.table.names[row.nameId];
    return element('tr', null,
      element('th', { scope: 'row', title: data.table.files[row.nameId] || '' }, name),
      ...columns.map((column) => element('td', { className: 'n' }, column.text(row))));
  }
}
