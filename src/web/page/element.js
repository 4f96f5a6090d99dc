// SPDX-License-Identifier: GPL-2.0-or-later
// Elements made by hand. Names come from watched processes: they are text, never markup.

function element(tag, properties, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(properties || {})) {
    if (key in made && key !== 'list') made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function drawing(tag, attributes, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const byId = (id) => document.getElementById(id);

// Text is set only where it changed: what a reader has selected stays so.
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
