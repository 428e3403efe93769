// Lists of channels in order, as products of messaging take them with a message or keep them for all: 8x8, Sinch,
// Infobip (docs/importing/lists.md). Each becomes a `deliver` table.
#pragma once

#include "compiler/import/format.h"

namespace flow::importing::lists {

const Format& eight_by_eight();  // "8x8": `channels` with `fallbackAfter` and `successStatus`
const Format& sinch();           // "sinch": `channel_priority_order`
const Format& infobip();         // "infobip": an OMNI scenario's `flow`, or `failover` of the Messages API

}  // namespace flow::importing::lists
