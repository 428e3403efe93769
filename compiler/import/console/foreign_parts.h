// What a message of a canvas has beside its text: buttons, lists, products, places, people, cards; for
// foreign_graphs.h.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/import/console/foreign_shape.h"
#include "compiler/import/console/foreign_words.h"
#include "compiler/import/fidelity/words.h"

namespace flow::importing::console::foreign {

using Setting = std::pair<std::string, const Json*>;  // by its name in small letters and digits

// Which template it is and what is put into it; what the template itself says is not in the original.
void say_template(const Box& box, fidelity::Action& action);

// Of an email; values in it are written in a form of their own, and may be anything.
void say_subject(const Box& box, fidelity::Action& action);

// The first of these settings as a time, with the unit beside it: `waitingTimeUnit`, or, where nothing else of the node
// takes time, `unit`.
Time timed(const Box& box, Keys keys, bool alone = true);

// Puts what is understood into the action; what is not is not compared.
void say_parts(const std::vector<Setting>& settings, std::string_view channel, fidelity::Action& action);

}  // namespace flow::importing::console::foreign
