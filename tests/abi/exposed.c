/* A library whose whole interface is the plugin ABI: what abidiff compares with
 * baseline_v1_0.abi. Enumerations stand in fields as plain int32_t, so that
 * they are named here. */
#include "plugins/sdk/adapter.h"

COLLATE_ADAPTER_EXPORT void collate_abi_words(
    enum collate_code code, enum collate_state state, enum collate_flag flag,
    enum collate_level level, enum collate_aggregation aggregation,
    enum collate_repeats repeats, enum collate_partition partition,
    enum collate_floor floor, enum collate_severity severity,
    enum collate_purpose purpose, enum collate_period_kind period_kind,
    enum collate_has has);

void collate_abi_words(enum collate_code code, enum collate_state state,
                       enum collate_flag flag, enum collate_level level,
                       enum collate_aggregation aggregation,
                       enum collate_repeats repeats,
                       enum collate_partition partition,
                       enum collate_floor floor, enum collate_severity severity,
                       enum collate_purpose purpose,
                       enum collate_period_kind period_kind,
                       enum collate_has has) {
  (void)code, (void)state, (void)flag, (void)level, (void)aggregation;
  (void)repeats, (void)partition, (void)floor, (void)severity, (void)purpose;
  (void)period_kind, (void)has;
}

const collate_adapter* collate_adapter_v1(void) { return 0; }
