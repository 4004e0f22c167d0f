/**
 * English words that other languages use as they are, by what they stand for. A lexicon has them beside its own words, but for those
 * that mean something else in its language ("file", "post", "links").
 */
export const loanwords: { readonly [concept: string]: string } = {
  email: "email emails mail mails newsletter newsletters",
  calendar: "meeting meetings event events workshop workshops slot slots webinar webinars",
  message: "chat chats thread threads channel channels",
  drive: "drive cloud",
  file: "pdf pdfs template templates",
  ticket: "ticket tickets helpdesk",
  issue: "issue issues bug bugs",
  repo: "repo repos repository repositories commit commits codebase",
  branch: "branch branches",
  wiki: "wiki wikis",
  space: "workspace workspaces",
  lead: "lead leads prospect prospects",
  deal: "deal deals pipeline pipelines",
  web: "website websites url urls",
  link: "link url urls",
  certificate: "voucher vouchers",
  comment: "feedback",
  review: "feedback review reviews",
  report: "report reports dashboard dashboards",
  task: "task tasks todo todos checklist",
  project: "sprint sprints milestone milestones board boards",
  server: "server servers container containers cluster clusters",
  device: "device devices gadget gadgets",
  camera: "webcam webcams",
  hotel: "hotel hotels hostel hostels",
  music: "playlist playlists podcast podcasts",
  backup: "backup backups",
  incident: "incident incidents",
};
