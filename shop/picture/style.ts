/** Seconds of one loop. */
export const LOOP_S = 20;

/**
 * Style of the picture, for light and dark pages. Without animation, the picture shows the end of
 * the run.
 */
export const STYLE = [
  'svg{--paper:#fff;--box:#f3f6f9;--line:#d5dde5;--ink:#17212b;--soft:#566573;--dot:#1769c2;--lost:#b45309;--bad:#c62828;--good:#1a7f47;',
  'font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}',
  '@media(prefers-color-scheme:dark){svg{--paper:#0f161d;--box:#18222c;--line:#2c3a47;--ink:#e8eef4;--soft:#9fb0c0;',
  '--dot:#5aa9ff;--lost:#ffab4a;--bad:#ff7b72;--good:#4cc38a}}',
  'circle,[style]{animation-iteration-count:infinite;animation-timing-function:linear}',
  '.count,.clock{animation-timing-function:step-end}.reveal{animation-name:p;animation-iteration-count:infinite;animation-timing-function:linear}',
  '.dots circle{animation-timing-function:ease-in-out}',
  '.card{fill:var(--paper);stroke:var(--line)}.box{fill:var(--box);stroke:var(--line)}',
  'text{fill:var(--ink)}.title{font-size:19px;font-weight:650}.caption{font-size:14px;fill:var(--soft)}',
  '.clock{font-size:19px;text-anchor:end;font-variant-numeric:tabular-nums}.name{font-size:14px;font-weight:600}',
  '.small{font-size:11px;fill:var(--soft)}.mid{text-anchor:middle}',
  '.count{font-size:19px;font-weight:600;text-anchor:end;font-variant-numeric:tabular-nums}',
  '.value{font-size:15px;font-weight:600;font-variant-numeric:tabular-nums}',
  '.good,.bad{font-size:15px;font-weight:700;text-anchor:end;fill:var(--good)}.bad{fill:var(--bad)}',
  '.dots{fill:var(--dot)}.lost{fill:var(--lost)}.line{stroke:var(--line)}.arrow{fill:none;stroke:var(--soft);stroke-width:1.6}',
  '.kill{fill:none;stroke:var(--bad);stroke-width:3;stroke-linecap:round;opacity:0}',
  '.area{fill:var(--dot);opacity:.3}',
  // An animation without duration has no effect.
  `@media(prefers-reduced-motion:no-preference){*{animation-duration:${LOOP_S}s}}`,
].join('');
