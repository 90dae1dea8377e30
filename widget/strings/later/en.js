// The texts of what few visitors need: the questions whether the chat may be stored, and whether something may be thrown away, the ways
// to keep a result and to reach the clinic, and the request to be called back.
export default {
  consent: (hours) =>
    `Nothing you write is stored yet, so I can't remember what you said before. If you agree, the clinic's server keeps this chat for ${hours} hours, and I can do the check. You can delete it at any time.`,
  agree: "I agree",
  agreed: "Thank you. This chat is kept from now on.",

  copy: "Copy",
  copied: "Copied",
  share: "Share",
  mail: "E-mail to myself",
  print: "Print my consultation summary",
  summary: "My consultation summary",
  summaryNote: "From an automated, educational assistant. It isn't a diagnosis.",
  printedOn: (date) => date.toLocaleDateString("en-US", { dateStyle: "long" }),

  hours: "Hours",
  find: "Find a dermatologist",
  noContact: "I don't have a phone number for the clinic. You can find a board-certified dermatologist in the public register.",
  back: "Back to the chat",

  confirm: {
    startOver: "Start a new conversation? This one will no longer be shown.",
    remove: "Delete this conversation from the clinic's server? You can't undo this.",
  },
  cancel: "Cancel",

  callback: {
    title: "Ask the clinic to call you back",
    note: "This goes to the clinic alone, not into the chat. Please leave health details out.",
    name: "Your name",
    phone: "Phone number",
    email: "E-mail",
    either: "Give a phone number, an e-mail address, or both.",
    when: "When is a good time?",
    times: { any_time: "Any time", morning: "Morning", afternoon: "Afternoon", evening: "Evening" },
    consent: "I'm 18 or older, and the clinic may contact me about this.",
    send: "Send to the clinic",
    sending: "Sending",
    errors: {
      name: "Please enter your name, in letters only.",
      contact: "Please enter a phone number or an e-mail address.",
      phone: "Please enter a full phone number, such as 555 010 0100.",
      email: "Please enter a full e-mail address, such as name@example.com.",
      when: "Please choose a time.",
      consent: "Please tick this box. Only adults can ask for a call here.",
    },
    unsent: "We couldn't send this. Please try again, or call the clinic.",
    sent: "The clinic has been asked",
    sentNote: (reference, time) => `Your reference is ${reference}. The clinic will contact you. The time you chose: ${time}.`,
  },
};
