// What an adapter suggests about a document: its cells with what they seem to
// be, and what was made of them.
//
// Pure functions over plain values.

#ifndef COLLATE_CLIENT_RENDER_SUGGESTION_H_
#define COLLATE_CLIENT_RENDER_SUGGESTION_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/document_region.h"
#include "collate/v1/ingestion.pb.h"

namespace collate::client {

// The attached files of one document.
struct Suggestion {
  std::string document;
  std::string cells;   // suggest-cells.csv
  std::string guess;   // suggest-guess.csv
  std::string recipe;  // suggested.recipe.textproto
};

// Takes in a part of an attached file.
void AddPart(const v1::Attachment& part, Suggestion* suggestion);

// Each sheet as a grid. Before each cell stands a letter for what it seems to
// be: f figure, t total, m mark in place of a figure, g flag, p percentage,
// h header, l label of a row, n note, ? nothing that was made out; with
// `colour` also a colour. Then what was guessed of each table.
std::string RenderSuggestion(const Suggestion& suggestion, bool colour);

// Of each cited sheet the rows and columns around the cited cells, with the
// rows of headers and the columns of labels; `>` stands before a cited cell.
// What lies beyond the suggestion's cells is said to.
std::string RenderRegion(const Suggestion& suggestion,
                         const std::vector<CitedPlace>& cited);

// Questions that the recipe leaves open.
int64_t OpenQuestions(const Suggestion& suggestion);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_SUGGESTION_H_
