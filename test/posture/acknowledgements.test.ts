import { resourcesOf, shopTemplate } from './template';

/** Findings of checkov and cfn-lint that a resource acknowledges, by type: a new one needs a reviewer. */
function acknowledgements(): Record<string, string> {
  const template = shopTemplate();
  const found = new Map<string, Map<string, number>>();
  for (const [, { Type, Metadata = {} }] of resourcesOf(
    template,
    ...new Set(Object.values(template.Resources).map(({ Type }) => Type)),
  )) {
    const { checkov, 'cfn-lint': cfnLint } = Metadata as {
      checkov?: { skip: { id: string; comment: string }[] };
      'cfn-lint'?: { config: { ignore_checks: string[] } };
    };
    for (const { comment } of checkov?.skip ?? []) expect(comment.length).toBeGreaterThan(20);
    for (const id of [...(checkov?.skip ?? []).map(({ id }) => id), ...(cfnLint?.config.ignore_checks ?? [])]) {
      const counts = found.get(Type) ?? new Map<string, number>();
      found.set(Type, counts.set(id, (counts.get(id) ?? 0) + 1));
    }
  }
  return Object.fromEntries(
    [...found].sort().map(([type, counts]) => [
      type,
      [...counts]
        .sort()
        .map(([id, count]) => `${id} x ${count}`)
        .join(', '),
    ]),
  );
}

test('acknowledged findings, each with a reason', () => {
  expect(acknowledgements()).toMatchSnapshot();
});
