/** Profiles: rules on their labels, and what a Pyroscope is sent. */
import { type BothSidesCase, profilesCase, writerCase } from '../case.ts';

const CPU = { __name__: 'process_cpu', service_name: 'shop', region: 'eu' };
const ENDPOINT = 'endpoint { url = "https://pyroscope.example/base/" }';

export const profileCases: readonly BothSidesCase[] = [
  profilesCase(
    'pyroscope.relabel',
    'sets labels of pushed series and of ingested profiles',
    'rule {\nsource_labels = ["region"]\ntarget_label = "zone"\nreplacement = "$1-1"\n}',
    [CPU, '?name=shop.cpu{region=eu}&from=1'],
    [
      '{__name__="process_cpu", region="eu", service_name="shop", zone="eu-1"} 1 profiles',
      '/ingest?name=shop.cpu%7Bregion%3Deu%2Czone%3Deu-1%7D&from=1 text/plain',
    ],
  ),
  profilesCase(
    'pyroscope.relabel',
    'drops profiles by their labels',
    'rule {\nsource_labels = ["region"]\nregex = "eu"\naction = "drop"\n}',
    [CPU, { ...CPU, region: 'us' }, '?name=shop.cpu{region=eu}'],
    ['{__name__="process_cpu", region="us", service_name="shop"} 1 profiles', 'dropped: 2 relabel'],
  ),
  profilesCase(
    'pyroscope.relabel',
    'passes what no rule changes on as it came',
    '',
    ['?name=shop.cpu&x=a%20b'],
    ['/ingest?name=shop.cpu&x=a%20b text/plain'],
  ),
  writerCase(
    'pyroscope.write',
    'appends the path of the push to that of the endpoint and says which protocol it speaks',
    `${ENDPOINT.slice(0, -2)}\nheaders = { "X-Scope-OrgID" = "team-a" }\n}`,
    { profiles: [CPU] },
    [
      'POST https://pyroscope.example/base/push.v1.PusherService/Push',
      'Content-Type: application/proto',
      'Connect-Protocol-Version: 1',
      'X-Scope-OrgID: team-a',
      '1 items, 70 bytes, crc32c 2377b3ce',
      '{__name__="process_cpu", region="eu", service_name="shop"} 1 profiles',
    ],
  ),
  writerCase(
    'pyroscope.write',
    'sends what was ingested to /ingest with the content type that it came with',
    ENDPOINT,
    { profiles: ['?name=shop.cpu{a=b}&format=jfr'] },
    [
      'POST https://pyroscope.example/base/ingest?name=shop.cpu{a=b}&format=jfr',
      'Content-Type: text/plain',
      '1 items, 3 bytes, crc32c e26001ea',
      '/ingest?name=shop.cpu{a=b}&format=jfr text/plain',
    ],
  ),
  writerCase(
    'pyroscope.write',
    'sets external labels in place of others, removes internal ones, and names an ingested profile by its service',
    `external_labels = { region = "us", site = "home" }\n${ENDPOINT}`,
    { profiles: [{ ...CPU, __delta__: 'false', __address__: 'x' }, '?name=shop.cpu{service_name=shop,region=eu}'] },
    [
      'POST https://pyroscope.example/base/push.v1.PusherService/Push',
      'Content-Type: application/proto',
      'Connect-Protocol-Version: 1',
      '1 items, 104 bytes, crc32c 3451879e',
      '{__delta__="false", __name__="process_cpu", region="us", service_name="shop", site="home"} 1 profiles',
      'POST https://pyroscope.example/base/ingest?name=shop%7Bregion%3Dus%2Cservice_name%3Dshop%2Csite%3Dhome%7D',
      'Content-Type: text/plain',
      '1 items, 3 bytes, crc32c 100b82e9',
      '/ingest?name=shop%7Bregion%3Dus%2Cservice_name%3Dshop%2Csite%3Dhome%7D text/plain',
    ],
  ),
  writerCase('pyroscope.write', 'refuses a URL that is none', 'endpoint { url = "pyroscope:4040" }', { profiles: [] }, [
    'error: a URL must begin with http:// or https://, not pyroscope://',
  ]),
  {
    of: 'spillway.receive',
    says: 'lets profiles in',
    config: `spillway.receive "in" { profiles = [pyroscope.write.out.receiver] }\npyroscope.write "out" { ${ENDPOINT} }`,
    enter: 'spillway.receive.in',
    input: { profiles: [CPU] },
    edgeOnly: true,
    expected: ['{__name__="process_cpu", region="eu", service_name="shop"} 1 profiles'],
  },
];
