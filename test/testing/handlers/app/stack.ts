import { type App, Size, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Code } from 'aws-cdk-lib/aws-lambda';
import {
  Access,
  DocumentStore,
  Handler,
  Identity,
  MicroModule,
  ParameterForm,
  QueueKind,
  QueueWorker,
  Route,
  ShardedTable,
} from '../../../../lib';

/** Nothing is bundled: tests load the handlers themselves. */
export const handler = Handler.fromCode(Code.fromInline('exports.handler = 0'), 'index.handler', {
  verifiesTokens: true,
});

/** An app with each part that handlers use. */
export class ParcelStack extends Stack {
  constructor(app: App, id: string, kind: 'pool' | 'oidc' = 'pool') {
    super(app, id);
    const parcels = new ShardedTable(this, 'Parcels', {
      partitionKey: { name: 'owner', type: AttributeType.STRING },
      sortKey: { name: 'parcelId', type: AttributeType.STRING },
      shards: 2,
      timeToLiveAttribute: 'until',
      globalSecondaryIndexes: [
        { indexName: 'byState', partitionKeys: [{ name: 'state', type: AttributeType.STRING }] },
      ],
    });
    const identity = (
      kind === 'pool'
        ? Identity.userPool()
        : Identity.oidc({ issuer: 'https://id.example.com', audience: 'parcels', personScope: 'openid' })
    ).bind(this, 'Identity');
    const post = { maxBody: Size.kibibytes(1) };
    const desk = new MicroModule(this, 'Desk', {
      handler,
      identity,
      environment: { CITY: 'Hull' },
      routes: [
        Route.get('/parcels', { access: Access.PERSON, query: { state: ParameterForm.text(20) } }),
        Route.get('/parcels/{parcelId}', { access: Access.PERSON }),
        Route.post('/parcels', { access: Access.PERSON, ...post }),
        Route.delete('/parcels/{parcelId}', { access: Access.PERSON }),
        Route.post('/arrivals', { access: Access.service('depot'), ...post }),
        Route.put('/photos/{parcelId}', { access: Access.PERSON, contentType: 'image/png', ...post }),
        Route.get('/photos/{parcelId}', { access: Access.PERSON }),
        Route.get('/city', { access: Access.ANYONE }),
      ],
    });
    const labels = new QueueWorker(this, 'Labels', { handler });
    const trucks = new QueueWorker(this, 'Trucks', { handler, kind: QueueKind.FIFO, batchSize: 3 });
    const photos = new DocumentStore(this, 'Photos');
    parcels.grantQueryPutData(desk); // not to delete, and not to scan
    parcels.grantQueryPutData(labels);
    parcels.publishTo(labels);
    parcels.publishTo(trucks);
    photos.grantRead(desk);
    photos.grantWrite(desk);
  }
}
