// Package schedule says when the sites of a network are to be scanned, and has
// them scanned when it is time.
//
// Decide is the whole of the rules, a pure function: from what the sites file
// says of a site, the runs that there were, and the time. Loop asks it again and
// again and calls a Runner.
//
//   - A site is due when its cron expression says so. A time outside the window
//     waits for the window.
//   - The times are those that the site's clocks show. One that the clocks pass
//     over in spring comes when they have been put forward; one that they show
//     twice in autumn comes the first time. None comes twice and none is lost.
//   - A run that the end of the window cuts off goes on in the next one, before
//     anything else of that site, unless it is older than ResumeWithin.
//   - Times that come while a run is under way are served by that run. Several
//     that were missed are made up for by one run, or by none where the site
//     says so.
//   - A clock that jumps back repeats nothing: what ran at a time that is still
//     to come has run. Runs more than a day ahead are not believed, so that
//     a clock that was wrong once does not stop a site for years.
package schedule
