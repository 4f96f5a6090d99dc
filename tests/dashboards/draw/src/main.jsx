// SPDX-License-Identifier: GPL-2.0-or-later
// One dashboard, from what the caller has put into window.drawing: {dashboard, mode, series by
// panel, range}. Sets window.drawn when every panel has been rendered.
import { createRoot } from 'react-dom/client';
import { createTheme, dateTime, ThemeContext } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { GlobalStyles, PanelChrome, PortalContainer } from '@grafana/ui';
import { Body } from './panels.jsx';

const CELL = 30;
const GAP = 8;
const WIDTH = 1600;

function place({ x, y, w, h }) {
  const column = (WIDTH - GAP) / 24;
  return {
    left: x * column + GAP,
    top: y * (CELL + GAP) + GAP,
    width: w * column - GAP,
    height: h * (CELL + GAP) - GAP,
  };
}

function Panel({ panel, theme, drawing }) {
  const at = place(panel.gridPos);
  const style = { position: 'absolute', ...at };
  if (panel.type === 'row') return <h5 style={{ ...style, paddingTop: 6 }}>{panel.title}</h5>;
  return (
    <div style={style} data-panel={panel.id}>
      <PanelChrome title={panel.title} description={panel.description} width={at.width}
        height={at.height}>
        {(width, height) => (
          <Body panel={panel} series={drawing.series[panel.id] ?? []} theme={theme}
            range={drawing.timeRange} width={width} height={height} />
        )}
      </PanelChrome>
    </div>
  );
}

function Dashboard({ theme, drawing }) {
  const { panels, title } = drawing.dashboard;
  const bottom = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  const height = bottom * (CELL + GAP) + 2 * GAP;
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <h4 style={{ margin: 0, padding: '12px 8px 4px' }}>{title}</h4>
      <div style={{ position: 'relative', width: WIDTH, height }}>
        {panels.map((panel) => (
          <Panel key={panel.id} panel={panel} theme={theme} drawing={drawing} />
        ))}
      </div>
      <PortalContainer />
    </ThemeContext.Provider>
  );
}

async function draw() {
  await initPluginTranslations('grafana');
  const { drawing } = window;
  const theme = createTheme({ colors: { mode: drawing.mode } });
  const [from, to] = drawing.range.map((seconds) => dateTime(seconds * 1000));
  drawing.timeRange = { from, to, raw: { from, to } };
  document.body.style.background = theme.colors.background.canvas;
  createRoot(document.getElementById('root')).render(<Dashboard theme={theme} drawing={drawing} />);
  window.drawn = true;
}

draw();
