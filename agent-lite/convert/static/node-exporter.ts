/** `node_exporter` as `prometheus.exporter.unix`: settings go into the blocks of their collectors. */
import { attributes, type Body, optionalBlock, type Statement, same, type Values } from '../alloy/block.ts';
import type { IntegrationForms } from '../forms/integrations.ts';

type Form = IntegrationForms['node_exporter'];

export function nodeExporterBody(form: Form): Body {
  return [
    ...same(form, 'include_exporter_metrics', 'procfs_path', 'sysfs_path', 'rootfs_path', 'udev_data_path'),
    ...same(form, 'enable_collectors', 'disable_collectors', 'set_collectors'),
    collector('arp', {
      device_exclude: form.arp_device_exclude,
      device_include: form.arp_device_include,
      netlink: form.arp_netlink,
    }),
    collector('bcache', { priority_stats: form.enable_bcache_priority_stats }),
    collector('cpu', {
      bugs_include: form.cpu_bugs_include,
      guest: form.enable_cpu_guest_seconds_metric,
      info: form.enable_cpu_info_metric,
      flags_include: form.cpu_flags_include,
    }),
    ...devices(form),
    ...time(form),
    ...network(form),
    ...system(form),
  ];
}

function collector(name: string, values: Values): Statement {
  return optionalBlock(name, attributes(values));
}

function devices(form: Form): Statement[] {
  return [
    collector('disk', {
      device_exclude: form.diskstats_device_exclude ?? form.diskstats_ignored_devices,
      device_include: form.diskstats_device_include,
    }),
    collector('ethtool', {
      device_exclude: form.ethtool_device_exclude,
      device_include: form.ethtool_device_include,
      metrics_include: form.ethtool_metrics_include,
    }),
    collector('filesystem', {
      fs_types_exclude: form.filesystem_fs_types_exclude ?? form.filesystem_ignored_fs_types,
      mount_points_exclude: form.filesystem_mount_points_exclude ?? form.filesystem_ignored_mount_points,
      mount_timeout: form.filesystem_mount_timeout,
    }),
    collector('hwmon', { chip_exclude: form.hwmon_chip_exclude, chip_include: form.hwmon_chip_include }),
    collector('ipvs', { backend_labels: form.ipvs_backend_labels }),
  ];
}

function time(form: Form): Statement[] {
  return [
    collector('ntp', {
      ip_ttl: form.ntp_ip_ttl,
      local_offset_tolerance: form.ntp_local_offset_tolerance,
      max_distance: form.ntp_max_distance,
      protocol_version: form.ntp_protocol_version,
      server: form.ntp_server,
      server_is_local: form.ntp_server_is_local,
    }),
  ];
}

function network(form: Form): Statement[] {
  return [
    collector('netclass', {
      ignore_invalid_speed_device: form.netclass_ignore_invalid_speed_device,
      ignored_devices: form.netclass_ignored_devices,
    }),
    collector('netdev', {
      address_info: form.netdev_address_info,
      device_exclude: form.netdev_device_exclude ?? form.netdev_device_blacklist,
      device_include: form.netdev_device_include ?? form.netdev_device_whitelist,
    }),
    collector('netstat', { fields: form.netstat_fields }),
  ];
}

function system(form: Form): Statement[] {
  return [
    collector('perf', {
      cpus: form.perf_cpus,
      tracepoint: form.perf_tracepoint,
      disable_hardware_profilers: form.perf_disable_hardware_profilers,
      disable_software_profilers: form.perf_disable_software_profilers,
      disable_cache_profilers: form.perf_disable_cache_profilers,
      hardware_profilers: form.perf_hardware_profilers,
      software_profilers: form.perf_software_profilers,
      cache_profilers: form.perf_cache_profilers,
    }),
    collector('powersupply', { ignored_supplies: form.powersupply_ignored_supplies }),
    collector('runit', { service_dir: form.runit_service_dir }),
    collector('supervisord', { url: form.supervisord_url }),
    collector('sysctl', { include: form.sysctl_include, include_info: form.sysctl_include_info }),
    collector('systemd', {
      enable_restarts: form.systemd_enable_restarts_metrics,
      start_time: form.systemd_enable_start_time_metrics,
      task_metrics: form.systemd_enable_task_metrics,
      unit_exclude: form.systemd_unit_exclude ?? form.systemd_unit_blacklist,
      unit_include: form.systemd_unit_include ?? form.systemd_unit_whitelist,
    }),
    collector('tapestats', { ignored_devices: form.tapestats_ignored_devices }),
    collector('textfile', { directory: form.textfile_directory }),
    collector('vmstat', { fields: form.vmstat_fields }),
  ];
}
