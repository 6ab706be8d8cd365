import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { timed, WORK } from '../measure';

const FOLDER = join(WORK, 'dynamodb-local');
/** Fixed version. It isn't part of the product. */
const VERSION = '2.6.1';
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>bench</groupId><artifactId>bench</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies><dependency>
    <groupId>com.amazonaws</groupId><artifactId>DynamoDBLocal</artifactId><version>${VERSION}</version>
  </dependency></dependencies>
</project>
`;
const MAX_WAIT_MS = 30_000;

/** DynamoDB Local, which AWS publishes. Each access key has its own tables. */
export class DynamoDbLocal {
  /**
   * Installs DynamoDB Local by Maven, if it isn't installed yet, and starts it.
   * @throws Error if Java or Maven are missing
   */
  static async start(): Promise<DynamoDbLocal> {
    if (!existsSync(join(FOLDER, 'lib', `DynamoDBLocal-${VERSION}.jar`))) await install();
    const port = await freePort();
    const child = spawn(
      'java',
      [
        ...['-Xmx512m', '-cp', join(FOLDER, 'lib', '*')],
        'com.amazonaws.services.dynamodbv2.local.main.ServerRunner',
        ...['-inMemory', '-disableTelemetry', '-port', String(port)],
      ],
      { stdio: 'ignore' },
    );
    const url = `http://127.0.0.1:${port}`;
    for (const until = Date.now() + MAX_WAIT_MS; Date.now() < until; await sleep(100)) {
      const answered = await fetch(url).then(
        () => true,
        () => false,
      );
      if (answered) return new DynamoDbLocal(child, url);
    }
    child.kill();
    throw new Error(`DynamoDB Local must answer within ${MAX_WAIT_MS / 1_000} s`);
  }

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  kill(): void {
    this.child.kill();
  }
}

async function install(): Promise<void> {
  console.log('installing DynamoDB Local (once)...');
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'pom.xml'), POM);
  await timed('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], { cwd: FOLDER });
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
