// The command of the test: prints its environment, and answers of the app.
const { BREAKWATER_OUTPUTS, BREAKWATER_URL, AWS_ENDPOINT_URL } = process.env;
const { readFileSync } = await import('node:fs');
const { Dev: outputs } = JSON.parse(readFileSync(BREAKWATER_OUTPUTS, 'utf8'));
const answers = {};
for (const [name, url] of Object.entries(outputs)) answers[name] = await (await fetch(url)).text();
await fetch(`${outputs.AliasedUrl}fail`);
console.log(JSON.stringify({ outputs, answers, BREAKWATER_URL, AWS_ENDPOINT_URL }));
process.exit(7);
