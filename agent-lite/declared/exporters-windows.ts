/** The exporter of Windows metrics. */
import { block, body, optional, t, withDefault } from '../../core/alloy/schema.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';

const textFileSchema = body({ text_file_directory: optional(t.string), directories: optional(t.list(t.string)) });

export const exportersWindowsComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'prometheus.exporter.windows',
    summary: 'Metrics of Windows.',
    schema: body({
      enabled_collectors: optional(t.list(t.string)),
      dfsr: block(body({ sources_enabled: optional(t.list(t.string)) })),
      exchange: block(body({ enabled_list: optional(t.list(t.string)) })),
      iis: block(
        body({
          app_blacklist: optional(t.string),
          app_whitelist: optional(t.string),
          site_blacklist: optional(t.string),
          site_whitelist: optional(t.string),
          app_exclude: optional(t.string),
          app_include: optional(t.string),
          site_exclude: optional(t.string),
          site_include: optional(t.string),
        }),
      ),
      logical_disk: block(
        body({
          enabled_list: optional(t.list(t.string)),
          blacklist: optional(t.string),
          whitelist: optional(t.string),
          include: optional(t.string),
          exclude: optional(t.string),
        }),
      ),
      msmq: block(body({ where_clause: optional(t.string) })),
      mssql: block(body({ enabled_classes: optional(t.list(t.string)) })),
      network: block(
        body({
          blacklist: optional(t.string),
          whitelist: optional(t.string),
          exclude: optional(t.string),
          include: optional(t.string),
        }),
      ),
      physical_disk: block(body({ include: optional(t.string), exclude: optional(t.string) })),
      printer: block(body({ exclude: optional(t.string), include: optional(t.string) })),
      process: block(
        body({
          blacklist: optional(t.string),
          whitelist: optional(t.string),
          exclude: optional(t.string),
          include: optional(t.string),
          enable_iis_worker_process: withDefault(t.bool, false),
          counter_version: withDefault(t.uint, 0),
        }),
      ),
      scheduled_task: block(body({ exclude: optional(t.string), include: optional(t.string) })),
      service: block(
        body({
          include: optional(t.string),
          exclude: optional(t.string),
          use_api: optional(t.string),
          where_clause: optional(t.string),
          enable_v2_collector: optional(t.string),
        }),
      ),
      smb: block(body({ enabled_list: optional(t.list(t.string)) })),
      smb_client: block(body({ enabled_list: optional(t.list(t.string)) })),
      smtp: block(
        body({
          blacklist: optional(t.string),
          whitelist: optional(t.string),
          exclude: optional(t.string),
          include: optional(t.string),
        }),
      ),
      text_file: block(textFileSchema),
      textfile: block(textFileSchema),
      tcp: block(body({ enabled_list: optional(t.list(t.string)) })),
      update: block(
        body({ online: withDefault(t.bool, false), scrape_interval: withDefault(t.duration, 0, { text: '0s' }) }),
      ),
      filetime: block(body({ file_patterns: optional(t.list(t.string)) })),
      performancecounter: block(body({ objects: optional(t.string) })),
      mscluster: block(body({ enabled_list: optional(t.list(t.string)) })),
      netframework: block(body({ enabled_list: optional(t.list(t.string)) })),
      dns: block(body({ enabled_list: optional(t.list(t.string)) })),
      net: block(
        body({ enabled_list: optional(t.list(t.string)), exclude: optional(t.string), include: optional(t.string) }),
      ),
      time: block(body({ enabled_list: optional(t.list(t.string)) })),
    }),
    exports: { targets: 'list(map(string))' },
  }),
];
