// SPDX-License-Identifier: GPL-2.0-or-later
// The flame graph: a canvas for the eye, and beside it a tree of what is around the current frame for
// the keyboard and for screen readers.

const LEAST_PX = 0.4;
const SIBLINGS_MAX = 40;
const KEYS = { ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right',
  Home: 'first', End: 'last' };

class FlameView {
  constructor(place, onZoom) {
    this.onZoom = onZoom;
    this.zoom = 0;
    this.current = 0;
    this.canvas = element('canvas', { 'aria-hidden': 'true' });
    this.filler = element('div', { className: 'filler' });
    this.tree = element('div', { className: 'unseen', id: 'flame-around' });
    this.scroll = element('div', { className: 'flame', id: 'flame-tree', role: 'tree', tabIndex: 0,
      'aria-label': 'Flame graph', 'aria-describedby': 'flame-keys' },
      this.canvas, this.filler, this.tree);
    this.words = element('p', { className: 'frame', id: 'frame' });
    this.keys = element('p', { className: 'dim', id: 'flame-keys' },
      'Click or Enter zooms in, Escape out. Arrow keys walk, n and p go to matches, / searches.');
    this.none = element('p', { className: 'none', hidden: true });
    this.legend = element('p', { className: 'legend', hidden: true });
    place.append(this.legend, this.none, this.scroll, this.words, this.keys);
    this.painter = new FlameCanvas(this.canvas);
    this.listen();
  }

  listen() {
    this.scroll.addEventListener('scroll', () => this.paint());
    this.scroll.addEventListener('keydown', (event) => this.key(event));
    this.scroll.addEventListener('focus', () => this.around());
    this.canvas.addEventListener('click', (event) => {
      const path = this.pathAt(event);
      if (path >= 0) this.zoomTo(path);
    });
    this.canvas.addEventListener('mousemove', (event) => this.hover(this.pathAt(event)));
    this.canvas.addEventListener('mouseleave', () => this.hover(-1));
    new ResizeObserver(() => this.relayout()).observe(this.scroll);
  }

  // @data: {table, key, unit(value), before, after} with totals by path; before null without a
  // comparison; why: what to say where there is nothing.
  show(data) {
    const began = performance.now();
    const isSameTable = this.data && this.data.table === data.table;
    this.data = data;
    if (!isSameTable) this.zoom = this.current = 0;
    const { before, after } = data;
    this.weights = after;
    if (before && after) this.weights = after.map((value, i) => value + before[i]);
    const isEmpty = !after || !(this.weights[0] > 0);
    this.none.hidden = !isEmpty;
    this.scroll.hidden = this.words.hidden = this.keys.hidden = isEmpty;
    this.legend.hidden = isEmpty || !before;
    if (isEmpty) {
      setText(this.none, data.why);
      return;
    }
    this.children = flame.children(data.table, this.weights);
    if (!(this.weights[this.zoom] > 0)) this.zoom = 0;
    if (!(this.weights[this.current] > 0)) this.current = this.zoom;
    this.find(data.matches);
    this.relayout();
    this.around();
    FlameView.firstMs ??= performance.now() - began;
  }

  find(matches) {
    this.matches = matches ? flame.search(this.data.table, this.weights, matches) : null;
  }

  relayout() {
    if (!this.data || this.scroll.hidden) return;
    const width = this.scroll.clientWidth;
    if (!width) return;
    const { table } = this.data;
    const boxes = flame.layout(table, this.weights, this.children, this.zoom, LEAST_PX / width);
    const deepest = boxes.reduce((most, box) => Math.max(most, box.depth), 0);
    const full = (deepest + 1) * ROW_PX;
    const room = Math.min(full, Math.max(160, Math.round(window.innerHeight * 0.7)));
    this.filler.style.height = `${Math.max(0, full - room)}px`;
    this.scroll.style.height = `${room}px`;
    this.painter.resize(width, room);
    this.picture = { table, boxes, zoom: this.zoom, before: this.data.before,
      after: this.data.after, found: null, current: this.current,
      label: (path) => this.label(path) };
    this.paint();
  }

  paint() {
    if (!this.picture) return;
    this.picture.current = this.current;
    this.picture.found = this.matches ? this.matches.found : null;
    this.painter.draw(this.picture, this.scroll.scrollTop, theme.now());
    this.describe(this.current);
  }

  label(path) {
    const { table, before, after } = this.data;
    const name = path ? format.shortName(table.name(path)) : 'all';
    if (!before) return name;
    const [x, y] = [before[path], after[path]];
    if (x === y) return name;
    if (!(x > 0)) return `▲ new ${name}`;
    if (!(y > 0)) return `▼ gone ${name}`;
    return `${y > x ? '▲' : '▼'} ${format.signed(format.share(y / x - 1), y - x)} ${name}`;
  }

  // A frame in words: its value, its share, and what has changed.
  sentence(path) {
    const { table, before, after, self, unit, isInverted } = this.data;
    const name = path ? table.name(path) : 'all';
    const share = format.share(this.weights[path] / this.weights[0]);
    if (!before) {
      const own = !isInverted && self[path] > 0 ? `, ${unit(self[path])} itself` : '';
      return [name, `${unit(after[path])}, ${share}${own}`];
    }
    const change = after[path] - before[path];
    const percent = before[path] > 0
      ? ` (${format.signed(format.share(change / before[path]), change)})` : '';
    return [name, `A ${unit(before[path])}, B ${unit(after[path])}, ` +
      `${format.signed(unit(change), change)}${percent}`];
  }

  describe(path) {
    const [name, words] = this.sentence(path);
    const file = this.data.table.file(path);
    const key = `${name}\n${words}\n${file}`;
    if (key === this.described) return;
    this.described = key;
    this.words.replaceChildren(element('strong', null, name), ` ${words}`);
    if (file) this.words.append(element('span', { className: 'dim' }, ` ${file}`));
  }

  hover(path) {
    this.canvas.style.cursor = path >= 0 ? 'pointer' : 'default';
    this.describe(path >= 0 ? path : this.current);
  }

  pathAt(event) {
    if (!this.picture) return -1;
    const place = this.canvas.getBoundingClientRect();
    const x = (event.clientX - place.left) / place.width;
    const depth = Math.floor((event.clientY - place.top + this.scroll.scrollTop) / ROW_PX);
    const box = this.picture.boxes.find((one) =>
      one.depth === depth && x >= one.x && x < one.x + one.width);
    return box ? box.path : -1;
  }

  zoomTo(path) {
    this.zoom = path;
    this.current = path;
    this.relayout();
    this.around();
    this.onZoom(path !== 0);
  }

  goTo(path) {
    const { table } = this.data;
    this.current = path;
    // a frame beside the picture, or too narrow to be seen, brings its callers up
    if (!flame.isWithin(table, path, this.zoom) && !flame.isWithin(table, this.zoom, path)) {
      this.zoom = 0;
    }
    while (this.zoom !== path && flame.isWithin(table, path, this.zoom) &&
           this.weights[path] / this.weights[this.zoom] * this.scroll.clientWidth < 3) {
      this.zoom = this.children[this.zoom].find((child) => flame.isWithin(table, path, child));
    }
    this.onZoom(this.zoom !== 0);
    this.relayout();
    this.intoSight(table.depths[path] * ROW_PX);
    this.around();
  }

  intoSight(y) {
    const { scrollTop, clientHeight } = this.scroll;
    if (y < scrollTop) this.scroll.scrollTop = y;
    else if (y + ROW_PX > scrollTop + clientHeight) {
      this.scroll.scrollTop = y + ROW_PX - clientHeight;
    }
    this.paint();
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || !this.picture) return;
    const move = KEYS[event.key];
    if (move) {
      this.goTo(flame.neighbour(this.data.table, this.children, this.current, move));
    } else if (event.key === 'Enter' || event.key === ' ') {
      this.zoomTo(this.current);
    } else if (event.key === 'Escape' || event.key === '0') {
      this.zoomTo(0);
    } else if (event.key === 'n' || event.key === 'p') {
      this.nextMatch(event.key === 'n' ? 1 : -1);
    } else {
      return;
    }
    event.preventDefault();
  }

  nextMatch(step) {
    if (!this.matches || !this.matches.count) return;
    const { found } = this.matches;
    let at = this.current;
    do {
      at = (at + step + found.length) % found.length;
    } while (!found[at]);
    this.goTo(at);
  }

  // The callers of the current frame, its siblings and its heaviest callees as a tree: what a screen
  // reader can walk without a node for each of thousands of frames.
  around() {
    if (!this.data || this.scroll.hidden) return;
    const { table } = this.data;
    const shown = [];
    for (let up = this.current; up !== 0;) {
      up = table.parents[up];
      shown.unshift(up);
    }
    const siblings = this.current === 0 ? [0] : this.children[table.parents[this.current]];
    const at = siblings.indexOf(this.current);
    const from = Math.max(0, Math.min(at - SIBLINGS_MAX / 2, siblings.length - SIBLINGS_MAX));
    shown.push(...siblings.slice(from, at + 1));
    shown.push(...(this.children[this.current] || []).slice(0, SIBLINGS_MAX));
    shown.push(...siblings.slice(at + 1, from + SIBLINGS_MAX));
    this.tree.replaceChildren(...shown.map((path) => this.treeItem(path)));
    this.scroll.setAttribute('aria-activedescendant', `frame-${this.current}`);
  }

  treeItem(path) {
    const { table } = this.data;
    const siblings = path === 0 ? [0] : this.children[table.parents[path]] || [path];
    const item = element('div', { id: `frame-${path}`, role: 'treeitem',
      'aria-level': table.depths[path] + 1, 'aria-setsize': siblings.length,
      'aria-posinset': siblings.indexOf(path) + 1,
      'aria-selected': String(path === this.current) }, this.sentence(path).join(': '));
    if (this.children[path]) {
      const isOpen = flame.isWithin(table, this.current, path);
      item.setAttribute('aria-expanded', String(isOpen));
    }
    return item;
  }

  static changeWords({ before, after }, unit) {
    const change = after[0] - before[0];
    return `A ${unit(before[0])}, B ${unit(after[0])}, ${format.signed(unit(change), change)}`;
  }

  setLegend(words) {
    const swatch = (kind) => element('span', { className: `swatch ${kind}`, 'aria-hidden': 'true' });
    this.legend.replaceChildren(swatch('less'), ' ▼ less in B  ', swatch('same'), ' the same  ',
      swatch('more'), ` ▲ more in B. Width: mean of both. ${words}`);
  }
}
