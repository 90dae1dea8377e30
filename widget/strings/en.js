// The texts of the interface. Another language is one more file like this one, named by its code, and one in `later/`.
// It serves pages of that `lang`.
export default {
  dir: "ltr",

  launcher: "Ask about exosomes",
  launcherAgain: "Continue the chat",
  title: "Hair loss assistant",
  subtitle: "Automated assistant, not a clinician",
  close: "Close the chat",
  conversation: "Conversation",
  you: "You",
  assistant: "Assistant",
  newest: "Go to the newest message",
  unread: " new",

  message: "Your message",
  placeholder: "Type your question",
  send: "Send",
  tooLong: (count, max) => `Your message has ${count} characters; you can send ${max} at most. Please shorten it.`,
  typing: "The assistant is writing",

  starters: ["What are exosomes?", "Does it work?", "What are the risks?", "What does it cost?", "Start the check"],
  quickReplies: "You could ask",
  severalAnswers: (count) => `${count} answers:`,
  more: "More questions",
  sources: (count) => `Sources (${count})`,
  newTab: "(opens in a new tab)",
  helpful: "Was this helpful?",
  yes: "Yes",
  no: "No",
  thanks: "Thank you for telling us.",
  notStored: "We couldn't save that. Please try again.",

  step: (step, steps) => `Question ${step} of at most ${steps}`,
  readback: "Your answers",
  change: "Change",
  years: "Or type the age",
  // Long lists are shown in groups, the commonest first. A test compares the values with data/check.yml.
  lists: {
    health_flags: {
      groups: [
        ["Medicines and health", "allergy", "nutritional_gap", "blood_thinner_or_bleeding", "underlying_illness"],
        ["Cancer and the immune system", "past_cancer", "active_cancer", "weak_immune_system"],
        ["Pregnancy and scalp", "pregnant_or_breastfeeding", "scalp_infection"],
      ],
      hints: { underlying_illness: "such as an autoimmune disease, raised scars (keloids) or cold sores" },
    },
  },
  proceed: "Continue",
  // The small buttons beside each question of the check, by what they ask of the assistant.
  asides: { explain_question: "Why do you ask?", go_back: "Go back", stop: "Stop the check" },

  resultReplaced: "The earlier result is no longer shown, because it may no longer hold.",
  result: "Your result",
  answers: "You told me",
  nextStep: "Next step",
  reasons: "Why",
  rest: "Your answers, options and more",
  moreReasons: "More reasons",
  options: "Better-studied options",
  questions: "Five questions for your visit",
  keep: "Keep my result",

  emergency: "In an emergency, call",
  call: (number) => `Call ${number}`,
  callClinic: "Call the clinic",

  contact: "Contact the clinic",
  callBack: "Ask to be called back",
  book: "Book a visit",
  startOver: "Start over",
  remove: "Delete my chat",
  removed: "Your chat is deleted from this server.",
  notRemoved: "We couldn't delete your chat. Please try again.",
  privacy: "Privacy",

  offline: "You're offline. We kept what you wrote, and it goes out when you're back.",
  unanswered: "No answer yet. We kept your message.",
  unreachable: "The assistant can't be reached right now. We kept your message.",
  notLoaded: "This can't be shown right now.",
  historyMissing: "The earlier conversation can't be shown right now.",
  retry: "Try again",
};
