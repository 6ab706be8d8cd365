import { readFileSync, statSync } from 'node:fs';
import * as path from 'node:path';
import { type CloudApi, CloudApiError } from '../../testing';
import { type PreparedStack, templatesIn } from '../assembly';
import { LocalError } from '../local-error';
import { zipFolder } from './archive';

interface AssetManifest {
  readonly files?: Readonly<Record<string, FileAsset>>;
  readonly dockerImages?: Readonly<Record<string, { readonly displayName?: string }>>;
}

interface FileAsset {
  readonly displayName?: string;
  readonly source: {
    readonly path?: string;
    readonly packaging?: 'file' | 'zip';
    readonly executable?: readonly string[];
  };
  readonly destinations: Readonly<Record<string, FileDestination>>;
}

interface FileDestination {
  readonly bucketName: string;
  readonly objectKey: string;
  readonly region?: string;
}

/** Puts the files of stacks into the buckets that their templates name. */
export class Publisher {
  /**
   * `bucket/key` of published files. A key contains the hash of the content, so a published key
   * never changes its content.
   */
  private readonly done = new Set<string>();
  private readonly buckets = new Set<string>();

  public constructor(
    private readonly apiFor: (place: { readonly account: string; readonly region: string }) => CloudApi,
    private readonly line: (text: string) => void,
  ) {}

  /**
   * Publishes the files that a stack's templates or uploads name, and its template.
   * @returns address of the template
   * @throws LocalError if an asset must be built by a command
   */
  public async publish(stack: PreparedStack): Promise<string> {
    const named = JSON.stringify([templatesIn(stack).map(({ template }) => template), stack.uploads]);
    const manifests = stack.assetManifests.map(
      (file) => JSON.parse(readFileSync(path.join(stack.directory, file), 'utf8')) as AssetManifest,
    );
    let template: string | undefined;
    for (const [hash, asset] of manifests.flatMap(({ files = {} }) => Object.entries(files))) {
      const isTemplate = asset.source.path === stack.templateFile;
      for (const destination of Object.values(asset.destinations)) {
        const { bucket, key } = placed(destination, stack);
        if (!isTemplate && !named.includes(hash) && !named.includes(key)) continue;
        await this.put(stack, destination.region, bucket, key, () => contentOf(stack, hash, asset));
        if (isTemplate) template = `${this.apiFor(stack).props.endpoint}/${bucket}/${key}`;
      }
    }
    for (const image of manifests.flatMap(({ dockerImages = {} }) => Object.entries(dockerImages))) {
      this.line(`image ${image[1].displayName ?? image[0]} is not built: containers don't run here`);
    }
    return template ?? this.publishTemplate(stack);
  }

  /** Publishes the template of a stack whose synthesizer doesn't publish templates. */
  private async publishTemplate(stack: PreparedStack): Promise<string> {
    const bucket = `breakwater-templates-${stack.account}-${stack.region}`;
    const file = path.join(stack.directory, stack.templateFile);
    const key = `${stack.name}-${statSync(file).mtimeMs}.json`;
    await this.put(stack, undefined, bucket, key, () => readFileSync(file));
    return `${this.apiFor(stack).props.endpoint}/${bucket}/${key}`;
  }

  private async put(
    stack: PreparedStack,
    region: string | undefined,
    bucket: string,
    key: string,
    content: () => Uint8Array,
  ): Promise<void> {
    const place = `${bucket}/${key}`;
    if (this.done.has(place)) return;
    const api = this.apiFor({ account: stack.account, region: region ?? stack.region });
    if (!this.buckets.has(bucket)) await createBucket(api, bucket);
    this.buckets.add(bucket);
    await api.rest('s3', 'PUT', `/${bucket}/${key}`, content());
    this.done.add(place);
  }
}

function contentOf(stack: PreparedStack, hash: string, { source, displayName = hash }: FileAsset): Uint8Array {
  if (source.path === undefined) {
    const command = source.executable?.join(' ') ?? 'nothing';
    throw new LocalError(`asset ${displayName} of ${stack.id} must be a file or folder, got the command '${command}'`);
  }
  const file = path.join(stack.directory, source.path);
  return source.packaging === 'zip' ? zipFolder(file) : readFileSync(file);
}

/** Bucket and key of a destination, with its placeholders replaced. */
function placed(
  { bucketName, objectKey, region }: FileDestination,
  stack: PreparedStack,
): { readonly bucket: string; readonly key: string } {
  const known: Record<string, string> = {
    AccountId: stack.account,
    Region: region ?? stack.region,
    Partition: 'aws',
  };
  const fill = (text: string): string => text.replace(/\$\{AWS::(\w+)\}/g, (whole, name) => known[name] ?? whole);
  return { bucket: fill(bucketName), key: fill(objectKey) };
}

async function createBucket(api: CloudApi, bucket: string): Promise<void> {
  const { region } = api.props;
  const body =
    region === 'us-east-1'
      ? undefined
      : `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
  try {
    await api.rest('s3', 'PUT', `/${bucket}`, body);
  } catch (error) {
    if (error instanceof CloudApiError && /BucketAlreadyOwnedByYou/.test(error.answer)) return;
    throw error;
  }
}
