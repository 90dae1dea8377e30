// The texts, in Spanish, of what few visitors need: see en.js.
export default {
  consent: (hours) =>
    `Todavía no se guarda nada de lo que escribe, así que no puedo recordar lo que dijo antes. Si está de acuerdo, el servidor de la clínica guarda este chat por ${hours} horas, y puedo hacerle el cuestionario. Puede borrarlo cuando quiera.`,
  agree: "Estoy de acuerdo",
  agreed: "Gracias. Desde ahora se guarda este chat.",

  copy: "Copiar",
  copied: "Copiado",
  share: "Compartir",
  mail: "Enviármelo por correo",
  print: "Imprimir el resumen para mi consulta",
  summary: "Resumen para mi consulta",
  summaryNote: "De un asistente automático y educativo. No es un diagnóstico.",
  printedOn: (date) => date.toLocaleDateString("es-US", { dateStyle: "long" }),

  hours: "Horario",
  find: "Buscar un dermatólogo",
  noContact: "No tengo un teléfono de la clínica. Puede buscar un dermatólogo certificado en el registro público.",
  back: "Volver al chat",

  confirm: {
    startOver: "¿Empezar otra conversación? Esta ya no se mostrará.",
    remove: "¿Borrar esta conversación del servidor de la clínica? No se puede deshacer.",
  },
  cancel: "Cancelar",

  callback: {
    title: "Pida a la clínica que le llame",
    note: "Esto llega solo a la clínica, no al chat. Por favor, no escriba datos de salud.",
    name: "Su nombre",
    phone: "Teléfono",
    email: "Correo electrónico",
    either: "Escriba un teléfono, un correo electrónico, o los dos.",
    when: "¿Cuándo le queda bien?",
    times: { any_time: "A cualquier hora", morning: "Por la mañana", afternoon: "Por la tarde", evening: "Por la noche" },
    consent: "Tengo 18 años o más, y la clínica puede comunicarse conmigo sobre esto.",
    send: "Enviar a la clínica",
    sending: "Enviando",
    errors: {
      name: "Por favor, escriba su nombre, solo con letras.",
      contact: "Por favor, escriba un teléfono o un correo electrónico.",
      phone: "Por favor, escriba un teléfono completo, como 555 010 0100.",
      email: "Por favor, escriba un correo completo, como nombre@example.com.",
      when: "Por favor, elija un momento.",
      consent: "Por favor, marque esta casilla. Aquí solo los adultos pueden pedir una llamada.",
    },
    unsent: "No pudimos enviarlo. Por favor, intente otra vez, o llame a la clínica.",
    sent: "Solicitud enviada a la clínica",
    sentNote: (reference, time) =>
      `Su número de referencia es ${reference}. La clínica se comunicará con usted. El momento que eligió: ${time}.`,
  },
};
