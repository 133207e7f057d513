// In which order regions run, and which of them are one launch. Requires regions in an order in which they can run.
// Ensures the same; regions of one launch are neighbours that do not read each other and run one code, each on its own
// arrays and extent.
#pragma once

#include <string>
#include <vector>

#include "exec/flat_region.h"

namespace cermet::exec {

struct ScheduledRegion {
  graph::FusedRegion region;
  int family = -1;  ///< Regions that run one code have one number, others -1.
  int launch = 0;   ///< Regions of one launch have one number.
};

/// Flat forms that several regions have in common.
struct Family {
  FlatExtent extent;  ///< Known if all regions have one extent.
};

struct Schedule {
  std::vector<ScheduledRegion> regions;
  std::vector<Family> families;
};

Schedule schedule(graph::Graph& graph, std::vector<graph::FusedRegion> regions);

/// The regions in order, and which of them are launched together.
std::string print(const graph::Graph& graph, const Schedule& schedule);

}  // namespace cermet::exec
