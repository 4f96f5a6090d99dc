// SPDX-License-Identifier: GPL-2.0-or-later
// The table of processes: sorted by any column, filtered, each row kept from one refresh to the next.

const ROWS_MAX = 300;

const figureOf = (figure) => (figure ? figure.value : NaN);
const PER_HOUR = 3600;

// Of a Go program its own runtime keeps the books, looks or not.
const observedAs = (process) => (process.go && process.go.primary ? 'by its runtime'
  : process.mode || process.state || '-');

const COLUMNS = [
  { key: 'comm', title: 'command', text: (p) => p.comm || '?' },
  { key: 'pid', title: 'pid', number: (p) => p.pid, text: (p) => String(p.pid) },
  { key: 'runtime', title: 'runtime', rank: 2,
    text: (p) => (p.go && p.go.version) || p.runtime || '-' },
  { key: 'bytes', title: 'allocated/s', number: (p) => figureOf(p.bytes_rate),
    text: (p) => format.bytes(figureOf(p.bytes_rate)) },
  { key: 'objects', title: 'objects/s', rank: 1, number: (p) => figureOf(p.calls_rate),
    text: (p) => format.count(figureOf(p.calls_rate)) },
  { key: 'live', title: 'live', number: (p) => figureOf(p.live_bytes),
    text: (p) => format.bytes(figureOf(p.live_bytes)) },
  { key: 'growth', title: 'growth/h', rank: 1, number: (p) => figureOf(p.rss_growth) * PER_HOUR,
    text: (p) => format.bytes(figureOf(p.rss_growth) * PER_HOUR) },
  { key: 'rss', title: 'RSS', rank: 1, number: (p) => p.rss_bytes ?? NaN,
    text: (p) => format.bytes(p.rss_bytes ?? NaN) },
  { key: 'cpu', title: 'CPU', rank: 2, number: (p) => p.cpu_ratio ?? NaN,
    text: (p) => format.share(p.cpu_ratio ?? NaN) },
  { key: 'gc', title: 'GC every', rank: 2, number: (p) => figureOf(p.go && p.go.interval_s),
    text: (p) => format.seconds(figureOf(p.go && p.go.interval_s)) },
  { key: 'cost', title: 'cost', rank: 2, number: (p) => p.charged_ratio ?? NaN,
    text: (p) => format.share(p.charged_ratio ?? NaN) },
  { key: 'mode', title: 'observed', rank: 2, text: observedAs },
  { key: 'advice', title: 'advice', rank: 1, number: (p) => p.adviceCount || 0,
    text: (p) => String(p.adviceCount || 0) },
  { key: 'unit', title: 'unit', rank: 3, text: (p) => p.unit || '' },
];

class ProcessTable {
  constructor(place, choose) {
    this.choose = choose;
    this.rows = new Map();
    this.sortKey = 'bytes';
    this.descending = true;
    this.heads = COLUMNS.map((column) => this.makeHead(column));
    this.body = element('tbody');
    this.table = element('table', { className: 'processes' },
      element('caption', { className: 'unseen' }, 'Processes; a command opens its process below'),
      element('thead', null, element('tr', null, ...this.heads)), this.body);
    place.append(this.table);
    this.markSorted();
  }

  makeHead(column) {
    const button = element('button', { type: 'button' }, column.title);
    button.addEventListener('click', () => this.sortBy(column));
    return element('th', { scope: 'col', className: this.classOf(column) }, button);
  }

  classOf(column) {
    return `${column.number ? 'n' : column.key} rank${column.rank || 0}`;
  }

  sortBy(column) {
    this.descending = this.sortKey === column.key ? !this.descending : Boolean(column.number);
    this.sortKey = column.key;
    this.markSorted();
    this.show();
  }

  markSorted() {
    COLUMNS.forEach((column, i) => {
      if (column.key !== this.sortKey) this.heads[i].removeAttribute('aria-sort');
      else this.heads[i].setAttribute('aria-sort', this.descending ? 'descending' : 'ascending');
    });
  }

  compare(a, b) {
    const column = COLUMNS.find((one) => one.key === this.sortKey);
    const sign = this.descending ? -1 : 1;
    const larger = (b.rss_bytes || 0) - (a.rss_bytes || 0) || a.pid - b.pid;
    if (!column.number) return sign * column.text(a).localeCompare(column.text(b)) || larger;
    const [x, y] = [column.number(a), column.number(b)];
    // what is unknown is last, whatever the order
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y) || larger;
    return sign * (x - y) || larger;
  }

  update(items) {
    this.items = items;
    this.show();
  }

  passes(process) {
    const isSeen = process.mode !== undefined || process.id === this.selected;
    if (!isSeen && !this.withUnseen) return false;
    if (!this.filter) return true;
    return [process.comm, process.exe, process.unit, process.runtime, String(process.pid)]
      .some((text) => text && text.toLowerCase().includes(this.filter));
  }

  show() {
    const items = (this.items || []).filter((process) => this.passes(process))
      .sort((a, b) => this.compare(a, b));
    const shown = items.slice(0, ROWS_MAX);
    const kept = new Set();
    shown.forEach((process, i) => {
      const row = this.rowOf(process);
      kept.add(process.id);
      if (this.body.children[i] !== row) this.place(row, i);
    });
    for (const [id, row] of this.rows) {
      if (kept.has(id)) continue;
      row.remove();
      this.rows.delete(id);
    }
    this.count = { shown: shown.length, all: (this.items || []).length };
  }

  // Moving a row takes the focus from what is in it.
  place(row, at) {
    const focused = row.contains(document.activeElement) ? document.activeElement : null;
    this.body.insertBefore(row, this.body.children[at] || null);
    if (focused) focused.focus({ preventScroll: true });
  }

  rowOf(process) {
    let row = this.rows.get(process.id);
    if (!row) {
      row = this.makeRow(process);
      this.rows.set(process.id, row);
    }
    COLUMNS.forEach((column, i) => {
      const cell = row.children[i];
      setText(i ? cell : cell.firstChild, column.text(process));
      if (column.key === 'unit') cell.title = process.unit || '';
    });
    row.classList.toggle('chosen', process.id === this.selected);
    row.firstChild.firstChild.setAttribute('aria-pressed', String(process.id === this.selected));
    return row;
  }

  makeRow(process) {
    const button = element('button', { type: 'button', title: process.exe || '' });
    button.addEventListener('click', () => this.choose(process.id));
    const cells = COLUMNS.map((column, i) => (i
      ? element('td', { className: this.classOf(column) })
      : element('th', { scope: 'row' }, button)));
    return element('tr', null, ...cells);
  }

  select(id) {
    this.selected = id;
    this.show();
  }
}
