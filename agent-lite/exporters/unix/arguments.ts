/** Arguments of prometheus.exporter.unix, with Alloy's names and defaults, those of collectors not ported yet included. */
import { block, body, type Decoded, optional, t, withDefault } from '../../../core/alloy/schema.ts';

export const DISK_EXCLUDE = '^(ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$';
export const FS_TYPES_EXCLUDE =
  '^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|sysfs|tracefs)$';
export const MOUNT_POINTS_EXCLUDE = '^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+)($|/)';
export const NETSTAT_FIELDS =
  '^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts)|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$';
export const VMSTAT_FIELDS = '^(oom_kill|pgpg|pswp|pg.*fault).*';

const names = withDefault(t.list(t.string), []);
const off = withDefault(t.bool, false);
const text = optional(t.string);
const devices = { device_exclude: text, device_include: text };

export const unixSchema = body({
  enable_collectors: names,
  disable_collectors: names,
  set_collectors: optional(t.list(t.string), { doc: 'Exactly these collectors, instead of the default ones.' }),
  include_exporter_metrics: off,
  procfs_path: withDefault(t.string, '/proc'),
  sysfs_path: withDefault(t.string, '/sys'),
  rootfs_path: withDefault(t.string, '/'),
  udev_data_path: withDefault(t.string, '/run/udev/data'),
  arp: block({ ...devices, netlink: off }),
  bcache: block({ priority_stats: off }),
  cpu: block({ bugs_include: text, flags_include: text, guest: off, info: off }),
  disk: block({ device_exclude: withDefault(t.string, DISK_EXCLUDE), device_include: text }),
  ethtool: block({ ...devices, metrics_include: withDefault(t.string, '.*') }),
  filesystem: block({
    fs_types_exclude: withDefault(t.string, FS_TYPES_EXCLUDE),
    mount_points_exclude: withDefault(t.string, MOUNT_POINTS_EXCLUDE),
    mount_timeout: withDefault(t.duration, 5_000, { text: '5s' }),
  }),
  hwmon: block({ chip_include: text, chip_exclude: text }),
  ipvs: block({
    backend_labels: withDefault(t.list(t.string), [
      'local_address',
      'local_port',
      'remote_address',
      'remote_port',
      'proto',
      'local_mark',
    ]),
  }),
  netclass: block({ ignore_invalid_speed_device: off, ignored_devices: withDefault(t.string, '^$') }),
  netdev: block({ address_info: off, ...devices }),
  netstat: block({ fields: withDefault(t.string, NETSTAT_FIELDS) }),
  ntp: block({
    ip_ttl: withDefault(t.int, 1),
    local_offset_tolerance: withDefault(t.duration, 1, { text: '1ms' }),
    max_distance: withDefault(t.duration, 3466.08, { text: '3466080us' }),
    protocol_version: withDefault(t.int, 4),
    server_is_local: off,
    server: withDefault(t.string, '127.0.0.1'),
  }),
  perf: block({
    cache_profilers: names,
    cpus: text,
    disable_cache_profilers: off,
    disable_hardware_profilers: off,
    disable_software_profilers: off,
    hardware_profilers: names,
    software_profilers: names,
    tracepoint: names,
  }),
  powersupply: block({ ignored_supplies: withDefault(t.string, '^$') }),
  runit: block({ service_dir: withDefault(t.string, '/etc/service') }),
  supervisord: block({ url: withDefault(t.string, 'http://localhost:9001/RPC2') }),
  sysctl: block({ include: names, include_info: names }),
  systemd: block({
    enable_restarts: off,
    start_time: off,
    task_metrics: off,
    unit_exclude: withDefault(t.string, '.+\\.(automount|device|mount|scope|slice)'),
    unit_include: withDefault(t.string, '.+'),
  }),
  tapestats: block({ ignored_devices: withDefault(t.string, '^$') }),
  textfile: block({ directory: text }),
  vmstat: block({ fields: withDefault(t.string, VMSTAT_FIELDS) }),
});

export type UnixArguments = Decoded<typeof unixSchema>;
