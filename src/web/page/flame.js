// SPDX-License-Identifier: GPL-2.0-or-later
// Trees of calls as numbers, pure. A path is a chain of calls from the outermost function on; paths
// are numbered once for all moments of a process, callers before callees, number 0 is the root. What
// a moment knows of its paths is an array by that number, so that moments subtract index by index.

const PATHS_MAX = 1 << 17;

class PathTable {
  constructor() {
    this.names = [''];
    this.files = [''];
    this.nameIds = new Map();
    this.parents = [0];
    this.ownNames = [0];
    this.depths = [0];
    this.ids = new Map();
  }

  get count() {
    return this.parents.length;
  }

  nameId(name, file) {
    let id = this.nameIds.get(name);
    if (id === undefined) {
      id = this.names.length;
      this.names.push(name);
      this.files.push(file || '');
      this.nameIds.set(name, id);
    }
    return id;
  }

  pathId(parent, nameId) {
    const key = parent * 2097152 + nameId;
    let id = this.ids.get(key);
    if (id === undefined) {
      id = this.parents.length;
      this.parents.push(parent);
      this.ownNames.push(nameId);
      this.depths.push(this.depths[parent] + 1);
      this.ids.set(key, id);
    }
    return id;
  }

  name(path) {
    return this.names[this.ownNames[path]];
  }

  file(path) {
    return this.files[this.ownNames[path]];
  }
}

const VALUE_KEYS = ['alloc_bytes', 'alloc_objects', 'live_bytes', 'live_objects'];

const flame = {
  // One item of a stacks document -> what is known at each path.
  readMoment(table, item, at) {
    const nodes = item.nodes;
    const names = item.functions.map((name, i) => table.nameId(name, item.files[i]));
    const paths = new Int32Array(nodes.parent.length);
    for (let i = 0; i < paths.length; i++) {
      const parent = nodes.parent[i];
      paths[i] = table.pathId(parent < 0 ? 0 : paths[parent], names[nodes.function[i]]);
    }
    const columns = {};
    for (const key of VALUE_KEYS) {
      if (!nodes[key]) continue;
      const column = new Float64Array(table.count);
      for (let i = 0; i < paths.length; i++) column[paths[i]] += nodes[key][i];
      columns[key] = column;
    }
    return { at, observed: item.observed_s || 0, columns, corrections: flame.corrections(item) };
  },

  // Looks slow a process down, and the rates that are told of it make up for that: what a rate by the
  // observed time is short of them. Go counts by itself, whether it is looked at or not.
  corrections(item) {
    const of = (rate, sum) => {
      const correction = item.heap === 'go' || !rate || !sum ? NaN
        : (rate.value * item.observed_s) / sum.value;
      return correction > 0 && Number.isFinite(correction) ? correction : 1;
    };
    return { alloc_bytes: of(item.bytes_rate, item.bytes), alloc_objects: of(item.calls_rate, item.calls) };
  },

  isRate(key) {
    return key.startsWith('alloc');
  },

  // Of each path itself: what was allocated a second between two moments (since the beginning
  // without the first one), or what lives at the second one. Null where that is not known.
  selfValues(table, key, from, to) {
    const column = to && to.columns[key];
    if (!column) return null;
    const self = new Float64Array(table.count);
    if (!flame.isRate(key)) {
      self.set(column);
      return self;
    }
    const before = from ? from.columns[key] : null;
    const seconds = to.observed - (from ? from.observed : 0);
    if (!(seconds > 0)) return self;
    const perSecond = to.corrections[key] / seconds;
    for (let i = 0; i < column.length; i++) {
      const start = before && i < before.length ? before[i] : 0;
      // an estimate that was revised downwards has not given anything back
      self[i] = Math.max(0, column[i] - start) * perSecond;
    }
    return self;
  },

  // With the callees.
  totals(table, self) {
    const totals = Float64Array.from(self);
    for (let i = totals.length - 1; i > 0; i--) totals[table.parents[i]] += totals[i];
    return totals;
  },

  // Callees of each path that weigh something, the heaviest first.
  children(table, weights) {
    const lists = new Array(weights.length);
    for (let i = 1; i < weights.length; i++) {
      if (!(weights[i] > 0)) continue;
      const parent = table.parents[i];
      if (lists[parent]) lists[parent].push(i);
      else lists[parent] = [i];
    }
    for (const list of lists) {
      if (list && list.length > 1) {
        list.sort((a, b) => weights[b] - weights[a] ||
          (table.name(a) < table.name(b) ? -1 : 1));
      }
    }
    return lists;
  },

  // What is drawn: {path, x, width, depth} with x and width as shares of the picture, narrower than
  // @least left out. Callers of @zoom take the whole width.
  layout(table, weights, children, zoom, least) {
    const boxes = [];
    const total = weights[zoom];
    for (let up = zoom; up !== 0;) {
      up = table.parents[up];
      boxes.unshift({ path: up, x: 0, width: 1, depth: table.depths[up] });
    }
    if (!(total > 0)) return boxes;
    const open = [{ path: zoom, x: 0, width: 1, depth: table.depths[zoom] }];
    while (open.length) {
      const box = open.pop();
      boxes.push(box);
      let x = box.x;
      for (const path of children[box.path] || []) {
        const width = weights[path] / total;
        if (width >= least) open.push({ path, x, width, depth: box.depth + 1 });
        x += width;
      }
    }
    return boxes;
  },

  // A test for names: part of the name whatever its case, or a regular expression between slashes.
  // Null for nothing to look for; an expression that is none finds nothing.
  matcher(text) {
    if (!text) return null;
    const expression = /^\/(.+)\/$/.exec(text);
    if (!expression) {
      const part = text.toLowerCase();
      return (name) => name.toLowerCase().includes(part);
    }
    try {
      const compiled = new RegExp(expression[1]);
      return (name) => compiled.test(name);
    } catch {
      return () => false;
    }
  },

  // Paths whose function matches; how many; and their share of all, nothing counted twice.
  search(table, totals, matches) {
    const byName = table.names.map((name, i) => i > 0 && matches(name));
    const found = new Uint8Array(totals.length);
    const inside = new Uint8Array(totals.length);
    let count = 0;
    let sum = 0;
    for (let i = 1; i < totals.length; i++) {
      const parent = table.parents[i];
      const isMatch = totals[i] > 0 && byName[table.ownNames[i]];
      inside[i] = inside[parent] || found[parent] ? 1 : 0;
      if (!isMatch) continue;
      found[i] = 1;
      count++;
      if (!inside[i]) sum += totals[i];
    }
    return { found, count, share: totals[0] > 0 ? sum / totals[0] : 0 };
  },

  // Per function: what it allocates itself and with its callees, recursion counted once.
  functions(table, self, totals) {
    const rows = new Map();
    const row = (nameId) => {
      if (!rows.has(nameId)) rows.set(nameId, { nameId, self: 0, total: 0 });
      return rows.get(nameId);
    };
    for (let i = 1; i < totals.length; i++) {
      if (!(totals[i] > 0)) continue;
      const own = row(table.ownNames[i]);
      own.self += self[i];
      let up = table.parents[i];
      while (up && table.ownNames[up] !== own.nameId) up = table.parents[up];
      if (!up) own.total += totals[i];
    }
    return [...rows.values()];
  },

  // The same from the innermost function out: what is at each path of @table moves to the path of its
  // callers in @inverted, which shares the names and stays the same from one time to the next.
  invert(table, inverted, selves) {
    inverted.names = table.names;
    inverted.files = table.files;
    const moved = selves.map(() => new Map());
    for (let i = 1; i < table.count; i++) {
      if (!selves.some((self) => self[i] > 0)) continue;
      let to = 0;
      for (let up = i; up !== 0; up = table.parents[up]) {
        if (inverted.count >= PATHS_MAX) break;
        to = inverted.pathId(to, table.ownNames[up]);
      }
      selves.forEach((self, k) => moved[k].set(to, (moved[k].get(to) || 0) + self[i]));
    }
    return moved.map((values) => {
      const self = new Float64Array(inverted.count);
      for (const [path, value] of values) self[path] = value;
      return self;
    });
  },

  // How far a pair has changed: -1 gone, 0 the same, 1 new.
  change(before, after) {
    const most = Math.max(before, after);
    return most > 0 ? (after - before) / most : 0;
  },

  // The one to go to from @path by a key; itself where there is none.
  neighbour(table, children, path, key) {
    const siblings = path === 0 ? [0] : children[table.parents[path]] || [path];
    const at = siblings.indexOf(path);
    if (key === 'up') return table.parents[path];
    if (key === 'down') return (children[path] || [path])[0];
    if (key === 'left') return siblings[Math.max(0, at - 1)];
    if (key === 'right') return siblings[Math.min(siblings.length - 1, at + 1)];
    if (key === 'first') return siblings[0];
    if (key === 'last') return siblings[siblings.length - 1];
    return path;
  },

  isWithin(table, path, ancestor) {
    for (let up = path; ; up = table.parents[up]) {
      if (up === ancestor) return true;
      if (up === 0) return false;
    }
  },

  // What functions share a colour: a Go package, a namespace of C++ or Rust, else the name itself.
  family(name) {
    const short = format.shortName(name);
    const scope = /^([\w$~]+)(::|\.)/.exec(short);
    return scope ? scope[1] : short;
  },

  hash(text) {
    let hash = 2166136261;
    for (let i = 0; i < text.length; i++) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 16777619) >>> 0;
    }
    return hash;
  },
};
