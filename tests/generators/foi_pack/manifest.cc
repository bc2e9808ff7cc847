#include "tests/generators/foi_pack/manifest.h"

#include "service/base/digest.h"

namespace collate::foi_pack {
namespace {

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

std::string MemberOf(const std::string& offence) {
  if (offence == "Sexual communication with a child") return "s15a";
  return offence == "Communicating indecently with a child"
             ? "scotland-communicating-indecently-with-a-child"
             : "ni-sexual-communication-with-a-child";
}

std::string Question(const std::string& id, const std::string& measure,
                     const std::string& offence, const std::string& more) {
  return "questions {\n  id: " + Quoted(id) +
         "\n  measure: " + Quoted(measure) +
         "\n  breakdowns { dimension: \"offence\" member: " +
         Quoted(MemberOf(offence)) + " }\n" + more + "}\n";
}

}  // namespace

std::string ManifestText(const Request& request, const AnswerFiles& answer,
                         const std::vector<NamedFile>& files) {
  std::string text =
      "# proto-file: collate/foi/v1/answer_manifest.proto\n"
      "# proto-message: collate.foi.v1.AnswerManifest\n"
      "#\n"
      "# SYNTHETIC: nobody asked, nobody answered, the figures are made up.\n";
  for (const NamedFile& file : files) {
    text += "files {\n  name: " + Quoted(file.name) +
            "\n  sha256: " + Quoted(base::Sha256Hex(file.file->bytes)) +
            "\n  contents: " +
            (file.file->recipe.empty() ? "CONTENTS_LETTER\n"
                                       : "CONTENTS_FIGURES\n  recipe: " +
                                             Quoted(file.file->recipe) + "\n") +
            "}\n";
  }
  text += "reporters: " + Quoted(request.reporter) + "\n";
  for (const std::string& period : request.periods) {
    text += "periods { text: " + Quoted(period) + " }\n";
  }
  text += "request_reference: " + Quoted(request.reference) +
          "\nrequest_date: " + Quoted(request.requested) + "\n";
  if (!request.received.empty()) {
    text += "received_date: " + Quoted(request.received) + "\n";
  }
  const bool victims = answer.has_victims || files.empty();
  text += Question("Q1", "offences", request.offence, "");
  if (victims) {
    text += Question(
        "Q2", "victims", request.offence,
        "  breakdowns { dimension: \"sex\" level: \"sex\" }\n"
        "  breakdowns { dimension: \"age_band\" level: \"questionnaire\" }\n");
  }
  text +=
      Question("Q5", "platform_uses", request.offence,
               "  breakdowns { dimension: \"platform\" level: \"service\" }\n"
               "  universe: \"platform_known\"\n");
  text += Question("Q5 known", "offences", request.offence,
                   "  universe: \"platform_known\"\n");
  const std::string status = files.empty() ? "NO_RESPONSE" : "FULL";
  const std::string others = std::string("questions: \"Q5\" questions: ") +
                             "\"Q5 known\"" +
                             (victims ? " questions: \"Q2\"" : "");
  text += "responses { questions: \"Q1\" status: STATUS_" + status + " }\n";
  text += "responses { " + others +
          " periods: " + Quoted(request.periods.back()) + " status: STATUS_" +
          status + " }\n";
  if (request.periods.size() > 1) {
    text += "responses {\n  " + others + "\n";
    for (size_t i = 0; i + 1 < request.periods.size(); ++i) {
      text += "  periods: " + Quoted(request.periods[i]) + "\n";
    }
    text += "  status: STATUS_NOT_ASKED\n}\n";
  }
  if (answer.keyed) text += "keyed_by: \"developer\"\n";
  return text + "notes: \"SYNTHETIC\"\nsynthetic: true\n";
}

}  // namespace collate::foi_pack
