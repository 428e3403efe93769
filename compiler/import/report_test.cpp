#include "compiler/import/report.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace flow::importing {
namespace {

TEST(Report, TellsPeopleAndPrograms) {
  Report report;
  report.add({NoteKind::defect, "/states/3", "menu", "`next` is a state that does not exist: `gone`", "it ends there"});
  EXPECT_FALSE(report.failed());
  report.add({NoteKind::not_understood, "", "", "an edge without a source", ""});
  report.add({NoteKind::left_out, "/colour", "", "`colour` is red: it is in the side file", ""});
  report.add({NoteKind::no_effect, "/after", "", "the time of what is switched off", ""});
  report.count("send-message", true);
  report.count("say-play", false);
  EXPECT_TRUE(report.failed());
  EXPECT_EQ(report.text(), R"(not understood (1):
  /: an edge without a source
wrong in the original (1):
  /states/3 (menu): `next` is a state that does not exist: `gone`
    it ends there
not taken over, because it is not known or not done here (1):
  /colour: `colour` is red: it is in the side file
left out, because it means nothing at run time (1):
  /after: the time of what is switched off
states by type, and how many became components of the language:
  say-play                             0 of 1
  send-message                         1 of 1
)");
  const Json json = report.json();
  EXPECT_EQ(json["counts"]["defect"], 1);
  EXPECT_EQ(json["notes"][0]["kind"], "defect");
  EXPECT_EQ(json["counts"]["left-out"], 1);
  EXPECT_EQ(json["counts"]["no-effect"], 1);
  EXPECT_EQ(json["types"]["say-play"]["components"], 0);
}

TEST(Report, KeepsABoundedNumberOfNotes) {
  Report report;
  for (std::size_t i = 0; i < limits::kImportNotesMax + 5; ++i) report.add({NoteKind::kept, "/x", "", "y", ""});
  EXPECT_EQ(report.notes().size(), limits::kImportNotesMax);
  EXPECT_EQ(report.of(NoteKind::kept), limits::kImportNotesMax + 5);
  EXPECT_NE(report.text().find("and 5 more"), std::string::npos);
}

}  // namespace
}  // namespace flow::importing
