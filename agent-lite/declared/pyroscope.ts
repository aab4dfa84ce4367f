/** Profiles. */
import { block, blocks, body, optional, required, t, withDefault } from '../../core/alloy/schema.ts';
import { profilesReceiver } from '../../core/pipeline/capsules.ts';
import { httpClientFields } from '../../core/pipeline/http-client-blocks.ts';
import { clusteringSchema } from './blocks/common.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';

const profilingTargetSchema = body({
  enabled: withDefault(t.bool, true),
  path: withDefault(t.string, '/debug/pprof/allocs'),
  delta: withDefault(t.bool, false),
});

export const pyroscopeComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'pyroscope.ebpf',
    summary: 'Profiles the processes of this host with eBPF.',
    schema: body({
      forward_to: required(t.list(profilesReceiver)),
      targets: optional(t.targets),
      collect_interval: withDefault(t.duration, 15_000, { text: '15s' }),
      sample_rate: withDefault(t.int, 19),
      python_enabled: withDefault(t.bool, true),
      perl_enabled: withDefault(t.bool, true),
      php_enabled: withDefault(t.bool, true),
      hotspot_enabled: withDefault(t.bool, true),
      ruby_enabled: withDefault(t.bool, true),
      v8_enabled: withDefault(t.bool, true),
      dotnet_enabled: withDefault(t.bool, true),
      go_enabled: withDefault(t.bool, true),
      demangle: withDefault(t.string, 'none'),
      off_cpu_threshold: withDefault(t.float, 0),
      bpf_fs_root: withDefault(t.string, '/sys/fs/bpf/'),
      obi_process_context_enabled: withDefault(t.bool, true),
      load_probe: withDefault(t.bool, false),
      probe_links: optional(t.list(t.string)),
      verbose_mode: withDefault(t.bool, false),
      lazy_mode: withDefault(t.bool, false),
      no_kernel_version_check: withDefault(t.bool, false),
      pid_cache_size: withDefault(t.int, 0),
      build_id_cache_size: withDefault(t.int, 0),
      same_file_cache_size: withDefault(t.int, 0),
      cache_rounds: withDefault(t.int, 0),
      go_table_fallback: withDefault(t.bool, false),
      symbols_map_size: withDefault(t.int, 0),
      pid_map_size: withDefault(t.int, 0),
      collect_user_profile: withDefault(t.bool, false),
      collect_kernel_profile: withDefault(t.bool, false),
      container_id_cache_size: withDefault(t.uint, 0),
      u_probe_links: optional(t.list(t.string)),
      targets_only: withDefault(t.bool, true),
      symb_cache_path: withDefault(t.string, '/tmp/symb-cache'),
      symb_cache_size: withDefault(t.int, 2048),
      reporter_unsymbolized_stubs: withDefault(t.bool, false),
      pid_label: withDefault(t.bool, false),
      comm: withDefault(t.string, 'none'),
      kernel_frames: withDefault(t.bool, true),
      debug_info: block(
        body({
          on_target_symbolization: withDefault(t.bool, true),
          upload: withDefault(t.bool, false),
          cache_size: withDefault(t.uint, 262_144),
          strip_text_section: withDefault(t.bool, false),
          queue_size: withDefault(t.uint, 256),
          worker_num: withDefault(t.int, 16),
        }),
      ),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'pyroscope.enrich',
    summary: 'Adds labels of matching targets to profiles.',
    stability: 'experimental',
    schema: body({
      targets: required(t.targets),
      target_match_label: required(t.string),
      forward_to: required(t.list(profilesReceiver)),
      profiles_match_label: optional(t.string),
      labels_to_copy: optional(t.list(t.string)),
    }),
    exports: { receiver: 'ProfilesReceiver' },
  }),
  declareComponent({
    name: 'pyroscope.java',
    summary: 'Profiles Java processes of this host.',
    schema: body({
      targets: required(t.targets),
      forward_to: required(t.list(profilesReceiver)),
      tmp_dir: withDefault(t.string, '/tmp'),
      dist: optional(t.string),
      profiling_config: block(
        body({
          interval: withDefault(t.duration, 60_000, { text: '1m' }),
          sample_rate: withDefault(t.int, 100),
          alloc: withDefault(t.string, '512k'),
          lock: withDefault(t.string, '10ms'),
          cpu: withDefault(t.bool, true),
          event: withDefault(t.string, 'itimer'),
          per_thread: withDefault(t.bool, false),
          log_level: withDefault(t.string, 'INFO'),
          quiet: withDefault(t.bool, false),
          custom_arguments: optional(t.list(t.string)),
          tlab: withDefault(t.bool, false),
        }),
      ),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'pyroscope.scrape',
    summary: 'Collects profiles from pprof endpoints.',
    schema: body({
      targets: required(t.targets),
      forward_to: required(t.list(profilesReceiver)),
      job_name: optional(t.string),
      params: optional(t.map(t.list(t.string))),
      scrape_interval: withDefault(t.duration, 15_000, { text: '15s' }),
      scrape_timeout: withDefault(t.duration, 10_000, { text: '10s' }),
      scheme: withDefault(t.string, 'http'),
      delta_profiling_duration: withDefault(t.duration, 14_000, { text: '14s' }),
      profiling_config: block(
        body({
          path_prefix: optional(t.string),
          'profile.memory': block(profilingTargetSchema),
          'profile.block': block(body({ ...profilingTargetSchema, path: withDefault(t.string, '/debug/pprof/block') })),
          'profile.goroutine': block(
            body({ ...profilingTargetSchema, path: withDefault(t.string, '/debug/pprof/goroutine') }),
          ),
          'profile.mutex': block(body({ ...profilingTargetSchema, path: withDefault(t.string, '/debug/pprof/mutex') })),
          'profile.process_cpu': block(
            body({
              ...profilingTargetSchema,
              path: withDefault(t.string, '/debug/pprof/profile'),
              delta: withDefault(t.bool, true),
            }),
          ),
          'profile.fgprof': block(
            body({
              ...profilingTargetSchema,
              enabled: withDefault(t.bool, false),
              path: withDefault(t.string, '/debug/fgprof'),
              delta: withDefault(t.bool, true),
            }),
          ),
          'profile.godeltaprof_memory': block(
            body({
              ...profilingTargetSchema,
              enabled: withDefault(t.bool, false),
              path: withDefault(t.string, '/debug/pprof/delta_heap'),
            }),
          ),
          'profile.godeltaprof_mutex': block(
            body({
              ...profilingTargetSchema,
              enabled: withDefault(t.bool, false),
              path: withDefault(t.string, '/debug/pprof/delta_mutex'),
            }),
          ),
          'profile.godeltaprof_block': block(
            body({
              ...profilingTargetSchema,
              enabled: withDefault(t.bool, false),
              path: withDefault(t.string, '/debug/pprof/delta_block'),
            }),
          ),
          'profile.custom': blocks(
            body({ enabled: required(t.bool), path: required(t.string), delta: withDefault(t.bool, false) }),
            { labelled: true },
          ),
        }),
      ),
      clustering: block(clusteringSchema),
      ...httpClientFields,
    }),
    exports: {},
  }),
];
